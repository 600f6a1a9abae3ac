"""Fyers' symbol masters: real ones read plainly, rows made for each rule, and the same instrument at both brokers."""

from __future__ import annotations

import csv
import gzip
import re
import time
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from ingestor.brokers import download, fyers, kite
from ingestor.config import Settings
from ingestor.errors import BhavError
from tests.brokers.rest_server import BAD_GATEWAY, PAGE, TOO_MANY, Reply, RestServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestor.brokers.listing import Listing

COLUMNS = 21


def line(  # noqa: PLR0917 - the columns that matter
    ticker: str,
    details: str = "A NAME",
    lot: object = 1,
    tick: object = 0.05,
    expiry: object = "",
    underlying: str = "",
    strike: object = -1.0,
    option_type: str = "XX",
    fytoken: object = 101000000001594,
    width: int = COLUMNS,
) -> str:
    """A row as the files have it, 19, 21 or more columns wide."""
    row = [
        fytoken, details, 0, lot, tick, "INE009A01021", "0915-1530|1815-1915:", "2026-11-20", expiry, ticker, 10, 10,
        1594, underlying or ticker[4:].partition("-")[0], 1594, strike, option_type, 1, "None", 0, "0.0", "new",
        "newer",
    ]  # fmt: skip
    return ",".join(str(value) for value in row[:width])


def epoch(day: date, hour: int = 15, minute: int = 30) -> int:
    """The end of a trading day in India."""
    return int(datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}:00+05:30").timestamp())


NOV = epoch(date(2026, 11, 24))
MASTERS = {
    "NSE_CM": [line("NSE:NIFTY50-INDEX", "NIFTY50-INDEX", 0, underlying="NIFTY"), line("NSE:INFY-EQ", "INFOSYS LTD")],
    "NSE_FO": [line("NSE:NIFTY26NOVFUT", lot=75, expiry=NOV)],
    "NSE_CD": [line("NSE:USDINR26NOVFUT", lot=1000, tick=0.0025, expiry=NOV)],
    "BSE_CM": [line("BSE:SBIN-A", "STATE BANK OF INDIA")],
    "BSE_FO": [line("BSE:SENSEX26NOVFUT", lot=20, expiry=NOV, option_type="")],
    "MCX_COM": [line("MCX:GOLDM26DECFUT", lot=100, tick=1.0, expiry=epoch(date(2026, 11, 27), 23, 55))],
}


def parsed(master: str, *rows: str) -> tuple[list[Listing], Counter[str]]:
    listings = fyers.parse("\n".join(rows) + "\n", master)
    return listings.rows, listings.rejected


def real(shared: Path, master: str) -> str:
    with gzip.open(shared / "data" / "fyers" / f"symbol_master_{master}.csv.gz", "rt") as file:
        return file.read()


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestServer]:
    monkeypatch.setattr(download, "TIMEOUT", (1.0, 0.3))
    with RestServer() as server:
        server.files = {f"/sym_details/{name}.csv": "\n".join(rows) + "\n" for name, rows in MASTERS.items()}
        yield server


@pytest.fixture
def settings(rest: RestServer, tmp_path: Path) -> Settings:
    return Settings(  # type: ignore[call-arg]
        _env_file=None, bhav_home=tmp_path, fyers_symbols_url=f"{rest.url}/sym_details"
    )


def test_every_contract_of_a_real_master_is_what_its_description_says(shared: Path) -> None:
    """The description stands beside what is read: 'SENSEX 26 Jan 15 79200 PE'."""
    text = real(shared, "BSE_FO")
    rows, rejected = parsed("BSE_FO", *text.splitlines())
    assert not rejected
    assert len(rows) == text.count("\n") == 7454
    tickers = [row[9] for row in csv.reader(text.splitlines())]
    details = [row[1] for row in csv.reader(text.splitlines())]
    for listing, ticker, description in zip(rows, tickers, details, strict=True):
        match = re.fullmatch(r"(\S+) (\d\d \w{3} \d\d) (?:FUT ?|([\d.]+) (CE|PE))", description)
        assert match, description
        name, day, strike, option_type = match.groups()
        assert f"{listing.exchange}:{listing.tradingsymbol}" == ticker.replace("BSE:", "BFO:")
        assert listing.broker_key == ticker
        assert (listing.name, listing.underlying) == (name, f"BSE:{name}")
        assert listing.expiry == datetime.strptime(f"{day} +0530", "%y %b %d %z").date()
        assert (listing.strike, listing.option_type) == (float(strike) if strike else None, option_type)
        assert listing.kind == ("option" if strike else "future")


def test_every_row_of_a_real_cash_master_is_an_instrument(shared: Path) -> None:
    text = real(shared, "NSE_CM")
    rows, rejected = parsed("NSE_CM", *text.splitlines())
    assert not rejected
    assert Counter(row.kind for row in rows) == {
        "index": text.count("-INDEX,10,10"),
        "equity": text.count("\n") - text.count("-INDEX,10,10"),
    }
    by_key = {row.broker_key: row for row in rows}
    for key, symbol in {
        "NSE:SBIN-EQ": "SBIN",
        "NSE:ARE&M-EQ": "ARE&M",
        "NSE:BAJAJ-AUTO-EQ": "BAJAJ-AUTO",
        "NSE:LIQUIDBEES-EQ": "LIQUIDBEES",
        "NSE:GUJRAFFIA-BE": "GUJRAFFIA-BE",
        "NSE:SGBJUN30-GB": "SGBJUN30-GB",
        "NSE:757GS2033-GS": "757GS2033-GS",
        "NSE:ABFRL-W1": "ABFRL-W1",
        "NSE:NIFTY50-INDEX": "NIFTY 50",
        "NSE:NIFTYBANK-INDEX": "NIFTY BANK",
        "NSE:FINNIFTY-INDEX": "NIFTY FIN SERVICE",
        "NSE:MIDCPNIFTY-INDEX": "NIFTY MID SELECT",
        "NSE:NIFTYNEXT50-INDEX": "NIFTY NEXT 50",
        "NSE:INDIAVIX-INDEX": "INDIA VIX",
        "NSE:NIFTYMIDCAP50-INDEX": "NIFTY MIDCAP 50",
        "NSE:NIFTYFINSRV2550-INDEX": "NIFTY FINSRV25 50",
        "NSE:NIFTY100 EQL WGT-INDEX": "NIFTY100 EQL WGT",
    }.items():
        assert by_key[key].tradingsymbol == symbol
        assert by_key[key].exchange == "NSE"
    assert by_key["NSE:SBIN-EQ"].name == "STATE BANK OF INDIA"
    assert (by_key["NSE:656MH32-SG"].lot_size, by_key["NSE:656MH32-SG"].tick_size) == (100, 0.01)


@pytest.mark.parametrize(
    ("master", "theirs", "kites"),
    [
        ("NSE_CM", line("NSE:INFY-EQ", "INFOSYS LTD"), "1,1,INFY,INFOSYS,0,,0,0.05,1,EQ,NSE,NSE"),
        ("NSE_CM", line("NSE:CDSL-BE"), "1,1,CDSL-BE,CDSL,0,,0,0.05,1,EQ,NSE,NSE"),
        ("NSE_CM", line("NSE:SGBAUG29-GB"), "1,1,SGBAUG29-GB,GOLDBOND,0,,0,0.01,1,EQ,NSE,NSE"),
        (
            "NSE_CM",
            line("NSE:NIFTYBANK-INDEX", underlying="BANKNIFTY"),
            "1,1,NIFTY BANK,NIFTY BANK,0,,0,0,0,EQ,INDICES,NSE",
        ),
        (
            "NSE_CM",
            line("NSE:NIFTYNXT50-INDEX", underlying="NIFTYNXT50"),
            "1,1,NIFTY NEXT 50,NIFTY NEXT 50,0,,0,0,0,EQ,INDICES,NSE",
        ),
        ("BSE_CM", line("BSE:SBIN-A"), "1,1,SBIN,STATE BANK,0,,0,0.05,1,EQ,BSE,BSE"),
        ("BSE_CM", line("BSE:SENSEX-INDEX"), "1,1,SENSEX,SENSEX,0,,0,0,0,EQ,INDICES,BSE"),
        ("BSE_CM", line("BSE:BANKEX-INDEX"), "1,1,BANKEX,BANKEX,0,,0,0,0,EQ,INDICES,BSE"),
        (
            "NSE_FO",
            line("NSE:NIFTY26NOVFUT", lot=75, expiry=NOV),
            "1,1,NIFTY26NOVFUT,NIFTY,0,2026-11-24,0,0.1,75,FUT,NFO-FUT,NFO",
        ),
        (
            "NSE_FO",
            line("NSE:NIFTY26N1725900CE", lot=75, expiry=epoch(date(2026, 11, 17)), strike=25900.0, option_type="CE"),
            "1,1,NIFTY26N1725900CE,NIFTY,0,2026-11-17,25900,0.05,75,CE,NFO-OPT,NFO",
        ),
        (
            "BSE_FO",
            line("BSE:JIOFIN26NOV277.5PE", lot=2350, expiry=NOV, strike=277.5, option_type="PE"),
            "1,1,JIOFIN26NOV277.5PE,JIOFIN,0,2026-11-24,277.5,0.05,2350,PE,BFO-OPT,BFO",
        ),
        (
            "NSE_CD",
            line("NSE:USDINR26NOV83.25CE", lot=1000, expiry=NOV, strike=83.25, option_type="CE"),
            "1,1,USDINR26NOV83.25CE,USDINR,0,2026-11-24,83.25,0.0025,1,CE,CDS-OPT,CDS",
        ),
        (
            "MCX_COM",
            line("MCX:GOLDM26DECFUT", lot=100, expiry=epoch(date(2026, 11, 27), 23, 55)),
            "1,1,GOLDM26DECFUT,GOLDM,0,2026-11-27,0,1,1,FUT,MCX-FUT,MCX",
        ),
    ],
)
def test_an_instrument_is_the_same_at_both_brokers(master: str, theirs: str, kites: str) -> None:
    [ours], _ = parsed(master, theirs)
    header = (
        "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,"
        "instrument_type,segment,exchange"
    )
    others = "8,1,A,A,0,,0,1,1,EQ,NSE,NSE\n9,1,A,A,0,,0,1,1,EQ,BSE,BSE\n10,1,A26NOVFUT,A,0,2026-11-24,0,1,1,FUT,,NFO"
    [kite_row, *_] = kite.parse(f"{header}\n{kites}\n{others}\n").rows
    own = {"broker_key", "lot_size", "tick_size"} | ({"name"} if ours.kind == "equity" else set())
    assert {k: v for k, v in ours._asdict().items() if k not in own} == {
        k: v for k, v in kite_row._asdict().items() if k not in own
    }


@pytest.mark.parametrize(
    ("master", "row", "reason"),
    [
        ("NSE_FO", line("NSE:NIFTY26DECFUT", lot=75, expiry=""), "bad expiry"),
        ("NSE_FO", line("NSE:NIFTY26DECFUT", lot=75, expiry=0), "bad expiry"),
        ("NSE_FO", line("NSE:NIFTY26DECFUT", lot=75, expiry="None"), "bad expiry"),
        ("NSE_FO", line("NSE:NIFTY26NOV100CE", lot=75, expiry=NOV, option_type="CE"), "bad strike"),
        ("NSE_FO", line("NSE:NIFTY26DECFUT", lot=0, expiry=NOV), "bad lot size"),
        ("NSE_FO", line("NSE:NIFTY26DECFUT", lot=75, expiry=NOV), "symbol and fields disagree"),
        ("NSE_FO", line("NSE:NIFTY26NOV100CE", lot=75, expiry=NOV, strike=200.0, option_type="CE"),
         "symbol and fields disagree"),
        ("NSE_FO", line("NSE:NIFTY26NOV", lot=75, expiry=NOV), "unknown type"),
        ("NSE_FO", line("NSE:NIFTY26NOVFUT", lot=75, expiry=NOV), "duplicate key"),
        ("NSE_CM", line("NSE:INFY"), "unknown type"),
        ("NSE_CM", line("NSE:TCS-EQ", fytoken=""), "no token"),
        ("NSE_CM", line("NSE:NIFTYNEXT50-INDEX", underlying="NIFTY"), "duplicate symbol"),
        ("BSE_CM", line("BSE:SBIN-B"), "duplicate symbol"),
    ],
)  # fmt: skip
def test_what_is_no_instrument_is_left_out_and_counted(master: str, row: str, reason: str) -> None:
    before, _ = parsed(master, *MASTERS[master])
    nifty = line("NSE:NIFTYNXT50-INDEX", underlying="NIFTY") if "NEXT50" in row else None
    rows, rejected = parsed(master, *MASTERS[master], *filter(None, [nifty]), row)
    assert rejected == {reason: 1}
    assert rows[: len(before)] == before
    assert len(rows) == len(before) + bool(nifty)


@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (5, 29), (15, 30), (23, 59)])
def test_an_expiry_is_a_date_in_india(hour: int, minute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 11, 24)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        [future], _ = parsed("NSE_FO", line("NSE:NIFTY26NOVFUT", lot=75, expiry=epoch(day, hour, minute)))
    time.tzset()
    assert future.expiry == day


@pytest.mark.parametrize("width", [19, 21, 23])
def test_further_columns_at_the_end_do_no_harm(width: int) -> None:
    rows = [
        line("NSE:NIFTY26NOVFUT", lot=75, expiry=NOV, width=width),
        line("NSE:NIFTY26NOV100CE", lot=75, expiry=NOV, strike=100.0, option_type="CE", width=width),
    ]
    assert {row.count(",") + 1 for row in rows} == {width}
    assert parsed("NSE_FO", *rows) == parsed("NSE_FO", *(line_21(row) for row in rows))


def line_21(row: str) -> str:
    return ",".join([*row.split(",")[:19], "0", "0.0"])


@pytest.mark.parametrize("place", range(17))
@pytest.mark.parametrize("master", ["NSE_CM", "NSE_FO"])
def test_a_column_that_is_inserted_is_an_error_that_names_the_master(master: str, place: int) -> None:
    rows = [row.split(",") for row in MASTERS[master]]
    moved = [",".join([*row[:place], "7", *row[place:]]) for row in rows]
    with pytest.raises(BhavError, match=rf"{master} \(22 columns\)"):
        parsed(master, *moved)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "NSE_FO is empty"),
        ("\n".join(MASTERS["NSE_FO"] * 2)[:-30], "NSE_FO ends in the middle of a row"),
        (line("NSE:NIFTY26NOVFUT", '"A NAME') + "\n" + line("NSE:NIFTY26DECFUT"), "NSE_FO has a quotation mark"),
        ("\n".join(MASTERS["BSE_FO"]), r"NSE_FO \(21 columns\): 1 of 1 rows cannot be read"),
        (line("NSE:NIFTY26NOVFUT", lot=75), "NSE_FO has no instrument"),
    ],
)
def test_a_master_that_is_not_whole_is_an_error(text: str, said: str) -> None:
    with pytest.raises(BhavError, match=said):
        fyers.parse(text, "NSE_FO")


def test_all_six_masters_make_the_list(rest: RestServer, settings: Settings) -> None:
    listings = fyers.listings(settings)
    assert [(row.exchange, row.tradingsymbol) for row in listings.rows] == [
        ("NSE", "NIFTY 50"),
        ("NSE", "INFY"),
        ("NFO", "NIFTY26NOVFUT"),
        ("CDS", "USDINR26NOVFUT"),
        ("BSE", "SBIN"),
        ("BFO", "SENSEX26NOVFUT"),
        ("MCX", "GOLDM26DECFUT"),
    ]
    assert not listings.rejected
    assert len(rest.requests) == 6


@pytest.mark.parametrize("failures", [[TOO_MANY], [BAD_GATEWAY], [Reply(delay=1.0)], [Reply("1,2", missing=5)]])
def test_what_passes_is_tried_again(rest: RestServer, settings: Settings, failures: list[Reply]) -> None:
    expected = fyers.listings(settings)
    rest.replies["/sym_details/BSE_FO.csv"] = list(failures)
    assert fyers.listings(settings) == expected


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (BAD_GATEWAY, "MCX_COM.csv answers 502"),
        (Reply("gone", 404), "MCX_COM.csv answers 404"),
        (Reply(PAGE), "MCX_COM.csv answers with a page"),
        (Reply(delay=1.0), "MCX_COM.csv does not answer in time"),
        (Reply(""), "MCX_COM is empty"),
    ],
)
def test_one_master_that_is_missing_is_an_error(rest: RestServer, settings: Settings, reply: Reply, said: str) -> None:
    rest.replies["/sym_details/MCX_COM.csv"] = [reply] * 9
    with pytest.raises(BhavError, match=said):
        fyers.listings(settings)
