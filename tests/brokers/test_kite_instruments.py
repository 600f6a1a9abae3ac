"""Kite's list of instruments: rows of a real one, rows made for each rule, and servers that fail."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from ingestor import tokens
from ingestor.brokers import download, kite
from ingestor.brokers.listing import Listing
from ingestor.config import Settings
from ingestor.errors import BhavError
from tests.brokers.rest_server import BAD_GATEWAY, PAGE, TOO_MANY, Reply, RestServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,"
    "instrument_type,segment,exchange"
)
NIFTY = "256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE"
INFY = "408065,1594,INFY,INFOSYS,0,,0,0.1,1,EQ,NSE,NSE"
SBIN_BSE = "128028676,500112,SBIN,STATE BANK OF INDIA,0,,0,0.05,1,EQ,BSE,BSE"
FUTURE = "13874690,54198,NIFTY26NOVFUT,NIFTY,0,2026-11-24,0,0.1,75,FUT,NFO-FUT,NFO"
WHOLE = [NIFTY, INFY, SBIN_BSE, FUTURE]
PATH = "/instruments"


def text(*rows: str) -> str:
    return "\r\n".join([HEADER, *WHOLE, *rows, ""])


def only(*rows: str) -> tuple[list[Listing], Counter[str]]:
    """What rows come to beside a list that is whole."""
    listings = kite.parse(text(*rows))
    return listings.rows[len(WHOLE) :], listings.rejected


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestServer]:
    monkeypatch.setattr(download, "TIMEOUT", (1.0, 0.3))
    with RestServer() as server:
        server.files[PATH] = text()
        yield server


@pytest.fixture
def settings(rest: RestServer, tmp_path: Path) -> Settings:
    return Settings(  # type: ignore[call-arg]
        _env_file=None, bhav_home=tmp_path, kite_api_url=rest.url, kite_api_key=rest.api_key, kite_access_token=None
    )


@pytest.mark.parametrize("name", ["instruments_all.csv", "instruments_nse.csv"])
def test_every_row_of_a_real_list_is_taken_as_it_is(shared: Path, name: str) -> None:
    real = (shared / "data" / "wire" / "kiteconnect-mocks" / name).read_text()
    whole = real if name == "instruments_all.csv" else real + "\n".join(WHOLE[2:])
    found = {listing.broker_key: listing for listing in kite.parse(whole).rows}
    rows = list(csv.DictReader(real.splitlines()))
    assert len(rows) == 99
    for row in rows:
        listing = found[row["instrument_token"]]
        assert (listing.exchange, listing.tradingsymbol) == (row["exchange"], row["tradingsymbol"])
        assert (listing.lot_size, listing.tick_size) == (int(row["lot_size"]), float(row["tick_size"]))
        is_option = row["instrument_type"] in {"CE", "PE"}
        assert listing.kind == ("option" if is_option else "equity")
        assert str(listing.expiry or "") == row["expiry"]
        assert (listing.strike, listing.option_type) == (
            (float(row["strike"]), row["instrument_type"]) if is_option else (None, None)
        )


def test_options_of_a_real_list_know_what_they_are_written_on(shared: Path) -> None:
    found = kite.parse((shared / "data" / "wire" / "kiteconnect-mocks" / "instruments_all.csv").read_text()).rows
    options = Counter((row.name, row.underlying) for row in found if row.kind == "option")
    assert set(options) == {
        ("BANKNIFTY", "NSE:NIFTY BANK"),
        ("ADANIPORTS", "NSE:ADANIPORTS"),
        ("INDIACEM", "NSE:INDIACEM"),
        ("INDIANB", "NSE:INDIANB"),
    }


def test_an_index_has_no_lot_and_no_tick_of_its_own() -> None:
    [nifty, infy, *_] = kite.parse(text()).rows
    assert nifty == Listing("256265", "NSE", "NIFTY 50", "NIFTY 50", "index")
    assert infy == Listing("408065", "NSE", "INFY", "INFOSYS", "equity", tick_size=0.1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "1,1,NIFTY26N1725900CE,NIFTY,0,2026-11-17,25900,0.05,75,CE,NFO-OPT,NFO",
            ("NFO", "NIFTY", "option", "NSE:NIFTY 50", date(2026, 11, 17), 25900.0, "CE", 75),
        ),
        (
            "1,1,NIFTY26NOV25900PE,NIFTY,0,2026-11-24,25900,0.05,75,PE,NFO-OPT,NFO",
            ("NFO", "NIFTY", "option", "NSE:NIFTY 50", date(2026, 11, 24), 25900.0, "PE", 75),
        ),
        (
            "1,1,M&M26NOVFUT,M&M,0,2026-11-24,0,0.1,200,FUT,NFO-FUT,NFO",
            ("NFO", "M&M", "future", "NSE:M&M", date(2026, 11, 24), None, None, 200),
        ),
        (
            "1,1,MIDCPNIFTY26NOVFUT,MIDCPNIFTY,0,2026-11-24,0,0.05,120,FUT,NFO-FUT,NFO",
            ("NFO", "MIDCPNIFTY", "future", "NSE:NIFTY MID SELECT", date(2026, 11, 24), None, None, 120),
        ),
        (
            "1,1,SENSEX5026O2979000CE,SENSEX50,0,2026-10-29,79000,0.05,60,CE,BFO-OPT,BFO",
            ("BFO", "SENSEX50", "option", "BSE:SNSX50", date(2026, 10, 29), 79000.0, "CE", 60),
        ),
        (
            "1,1,JIOFIN26JAN277.5CE,JIOFIN,0,2026-01-29,277.5,0.05,2350,CE,BFO-OPT,BFO",
            ("BFO", "JIOFIN", "option", "BSE:JIOFIN", date(2026, 1, 29), 277.5, "CE", 2350),
        ),
        (
            "1,1,USDINR2610983.25PE,USDINR,0,2026-01-09,83.25,0.0025,1,PE,CDS-OPT,CDS",
            ("CDS", "USDINR", "option", None, date(2026, 1, 9), 83.25, "PE", 1),
        ),
        (
            "1,1,GOLDM26DECFUT,GOLDM,0,2026-11-27,0,1,1,FUT,MCX-FUT,MCX",
            ("MCX", "GOLDM", "future", None, date(2026, 11, 27), None, None, 1),
        ),
        (
            "1,1,360ONE26NOV1000000CE,,0,2026-11-24,1000000,0.05,500,CE,NFO-OPT,NFO",
            ("NFO", "360ONE", "option", "NSE:360ONE", date(2026, 11, 24), 1_000_000.0, "CE", 500),
        ),
    ],
)
def test_a_contract_is_what_its_symbol_and_its_fields_say(row: str, expected: tuple[object, ...]) -> None:
    [listing], rejected = only(row)
    assert not rejected
    assert listing.tradingsymbol == row.split(",")[2]
    assert (
        listing.exchange,
        listing.name,
        listing.kind,
        listing.underlying,
        listing.expiry,
        listing.strike,
        listing.option_type,
        listing.lot_size,
    ) == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("0,1,X,X,0,,0,0.05,1,EQ,NSE,NSE", "no token"),
        (",1,X,X,0,,0,0.05,1,EQ,NSE,NSE", "no token"),
        ("1,1,,X,0,,0,0.05,1,EQ,NSE,NSE", "no symbol"),
        ("1,1,GIFT NIFTY,GIFT NIFTY,0,,0,0,0,EQ,INDICES,NSEIX", "exchange not served: NSEIX"),
        ("1,1,BOND,BOND,0,,0,0.05,1,BOND,NSE,NSE", "unknown type"),
        ("1,1,NIFTY26DECFUT,NIFTY,0,,0,0.1,75,FUT,NFO-FUT,NFO", "bad expiry"),
        ("1,1,NIFTY26DECFUT,NIFTY,0,31-12-2026,0,0.1,75,FUT,NFO-FUT,NFO", "bad expiry"),
        ("1,1,NIFTY26DEC100CE,NIFTY,0,2026-12-29,0,0.1,75,CE,NFO-OPT,NFO", "bad strike"),
        ("1,1,NIFTY26DECFUT,NIFTY,0,2026-12-29,0,0.1,0,FUT,NFO-FUT,NFO", "bad lot size"),
        ("1,1,NIFTY26DEC100CE,NIFTY,0,2026-12-29,200,0.1,75,CE,NFO-OPT,NFO", "symbol and fields disagree"),
        ("1,1,NIFTY26DEC100CE,NIFTY,0,2026-12-29,100,0.1,75,PE,NFO-OPT,NFO", "symbol and fields disagree"),
        ("1,1,NIFTY26DECFUT,NIFTY,0,2026-11-24,0,0.1,75,FUT,NFO-FUT,NFO", "symbol and fields disagree"),
        ("1,1,NIFTY25DECFUT,NIFTY,0,2026-12-29,0,0.1,75,FUT,NFO-FUT,NFO", "symbol and fields disagree"),
        ("1,1,NIFTY26D01100CE,NIFTY,0,2026-12-29,100,0.1,75,CE,NFO-OPT,NFO", "symbol and fields disagree"),
        ("1,1,NIFTY2623125900CE,NIFTY,0,2026-03-03,25900,0.1,75,CE,NFO-OPT,NFO", "symbol and fields disagree"),
        ("1,1,26DECFUT,NIFTY,0,2026-12-29,0,0.1,75,FUT,NFO-FUT,NFO", "symbol and fields disagree"),
        ("1,1,INFY,INFOSYS,0,,0,0.1,1,EQ,NSE,NSE", "duplicate symbol"),
        ("408065,1,INFY-BL,INFOSYS,0,,0,0.1,1,EQ,NSE,NSE", "duplicate key"),
    ],
)
def test_what_is_no_instrument_is_left_out_and_counted(row: str, reason: str) -> None:
    assert only(row, "2,1,TCS,TCS,0,,0,0.1,1,EQ,NSE,NSE") == (
        [Listing("2", "NSE", "TCS", "TCS", "equity", tick_size=0.1)],
        Counter({reason: 1}),
    )


def test_a_weekly_contract_may_expire_on_the_day_before_a_new_holiday() -> None:
    rows, rejected = only("1,1,SENSEX2611584000CE,SENSEX,0,2026-01-14,84000,0.05,20,CE,BFO-OPT,BFO")
    assert [row.expiry for row in rows] == [date(2026, 1, 14)]
    assert not rejected


def test_series_debt_and_funds_keep_the_symbol_that_kite_writes() -> None:
    symbols = ["SGBAUG29-GB", "LIQUIDBEES", "CENTRALBK-BE", "757GS2033-GS", "HUDCO-N8", "BAJAJ-AUTO"]
    rows, rejected = only(*(f"{n},1,{name},{name} LTD,0,,0,0.01,1,EQ,NSE,NSE" for n, name in enumerate(symbols, 1)))
    assert [(row.tradingsymbol, row.kind) for row in rows] == [(name, "equity") for name in symbols]
    assert not rejected


def test_other_columns_in_another_order_do_no_harm() -> None:
    header, *rows = csv.reader(text().splitlines())
    order = sorted(range(len(header)), key=lambda column: header[column])
    moved = "\n".join(",".join([*(row[column] for column in order), "new"]) for row in (header, *rows))
    assert kite.parse(moved) == kite.parse(text())


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "is empty"),
        (HEADER + "\r\n", "nothing of NSE, BSE, NFO"),
        (text('1,1,X,"X,0,,0,0.05,1,EQ,NSE,NSE', INFY), "quotation mark"),
        (text().replace("tick_size", "tick"), "lacks tick_size"),
        (text()[:-20], "in the middle of a row"),
        (f"{HEADER}\n{NIFTY}\n{INFY}\n{SBIN_BSE}", "nothing of NFO"),
        (f"{HEADER}\n{SBIN_BSE}\n{FUTURE}", "nothing of NSE"),
        (text(INFY.replace("0.1,1", "0.1,x"), FUTURE.replace("54198", "1")), "1 of 6 rows cannot be read"),
    ],
)
def test_a_list_that_is_not_whole_is_an_error(broken: str, said: str) -> None:
    with pytest.raises(BhavError, match=said):
        kite.parse(broken)


def test_a_few_rows_that_cannot_be_read_are_left_out() -> None:
    many = [f"{n},1,STOCK{n},STOCK,0,,0,0.05,1,EQ,NSE,NSE" for n in range(1, 200)]
    rows, rejected = only("7000,1,X,X,0,,many,0.05,1,EQ,NSE,NSE", "7001,1,Y", *many)
    assert len(rows) == 199
    assert rejected == {"unreadable": 2}


def test_the_list_is_fetched_with_the_token_that_is_there(rest: RestServer, settings: Settings) -> None:
    assert kite.listings(settings) == kite.parse(text())
    now = datetime.now(ZoneInfo("Asia/Kolkata"))
    tokens.store(settings, "kite", tokens.Token("tokenvalue", now, now + timedelta(hours=1)))
    kite.listings(settings)
    first, second = rest.requests
    assert (first.path, second.path) == (PATH, PATH)
    assert "Authorization" not in first.headers
    assert second.headers["Authorization"] == f"token {rest.api_key}:tokenvalue"
    assert second.headers["X-Kite-Version"] == "3"


@pytest.mark.parametrize(
    "failures",
    [
        [TOO_MANY],
        [BAD_GATEWAY, TOO_MANY],
        [Reply(delay=1.0)],
        [Reply(text(), missing=10, delay=0.0)],
    ],
)
def test_what_passes_is_tried_again(rest: RestServer, settings: Settings, failures: list[Reply]) -> None:
    rest.replies[PATH] = list(failures)
    assert kite.listings(settings) == kite.parse(text())
    assert len(rest.requests) == len(failures) + 1


@pytest.mark.parametrize(
    ("reply", "said", "tries"),
    [
        (BAD_GATEWAY, "answers 502", 4),
        (TOO_MANY, "answers 429", 4),
        (Reply(text(), delay=1.0), "does not answer in time", 4),
        (Reply(text(), missing=10), "cannot fetch", 4),
        (Reply("denied", 403), "answers 403", 1),
        (Reply("gone", 404), "answers 404", 1),
        (Reply(PAGE, 200, "text/html"), "a page instead of a list", 1),
        (Reply('{"status":"error"}', 200, "application/json"), "a page instead of a list", 1),
        (Reply(""), "is empty", 1),
    ],
)
def test_what_does_not_pass_is_an_error(
    rest: RestServer, settings: Settings, reply: Reply, said: str, tries: int
) -> None:
    rest.replies[PATH] = [reply] * 9
    with pytest.raises(BhavError, match=said) as caught:
        kite.listings(settings)
    assert len(rest.requests) == tries
    assert (caught.value.hint == "bhav login kite") == (reply.status == 403)
