from __future__ import annotations

import csv
import gzip
from datetime import date, datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from ingestor.feeds.columns import Columns
from ingestor.feeds.replay import Replay
from ingestor.feeds.symbols import symbol_of_file
from ingestor.model import Batch, Connected, Disconnected, Tick
from tests.ingestor.replaying import DAY, SECOND, Ids, aggregate, micros, replay, run, ticks_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def recorded(pattern: str) -> list[Path]:
    files = sorted(DATA.glob(pattern))
    if not files:
        pytest.skip(f"the recorded market data {pattern} is not beside the checkout")
    return files


def test_every_row_of_the_recorded_stock_ticks_comes_as_it_stands() -> None:
    for path in recorded("ticks_1s/aliceblue_2021/*.csv.gz"):
        with gzip.open(path, "rt", newline="") as file:
            expected = [
                (micros(row["timestamp"]), float(row["ltp"]), int(row["volume"])) for row in csv.DictReader(file)
            ]
        feed = Replay([path], Ids())
        got = [(tick.time, tick.ltp, tick.day_volume) for tick in ticks_of(run(feed))]
        assert got == expected, path.name
        assert not feed.rejected


def test_every_row_of_the_index_file_without_a_header_comes_as_it_stands() -> None:
    (path,) = recorded("ticks_1s/nse_chart_nifty50_2022/NIFTY50_2022-08-18.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        expected = [(micros(moment), float(ltp)) for moment, ltp in csv.reader(file)]
    ids = Ids()
    ticks = ticks_of(run(Replay([path], ids)))
    assert [(tick.time, tick.ltp) for tick in ticks] == expected
    assert {tick.day_volume for tick in ticks} == {None}
    assert list(ids.ids) == ["NSE:NIFTY 50"]


def test_the_recorded_futures_come_with_their_book_and_without_the_corrupt_row() -> None:
    (path,) = recorded("ticks_1s/breeze_stock_futures*.csv.gz")
    with gzip.open(path, "rt", newline="") as file:
        header, *rows = list(csv.reader(file))
    whole = [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]
    assert len(rows) - len(whole) == 1
    columns = Columns.parse(
        "symbol=Symbol,time=exchange_timestamp,price=last_price,volume=volume_traded,open_interest=open_interest,"
        "bid_price=bid_price_1,bid_qty=bid_qty_1,ask_price=bid_price_2,ask_qty=bid_qty_2"
    )
    ids = Ids()
    symbols = [f"{name}=NFO:{name}25NOVFUT" for name in ("MCX", "RELIND", "TCS", "TRENT")]
    feed = Replay([path], ids, columns, symbols)
    assert ticks_of(run(feed)) == [
        Tick(
            ids.ids[f"NFO:{row['Symbol']}25NOVFUT"],
            micros(row["exchange_timestamp"]),
            float(row["last_price"]),
            int(row["volume_traded"]),
            int(row["open_interest"]),
            float(row["bid_price_1"]),
            float(row["bid_price_2"]),
            int(row["bid_qty_1"]),
            int(row["bid_qty_2"]),
        )
        for row in whole
    ]
    assert feed.rejected == {"wrong number of fields": 1}


def test_the_futures_columns_are_found_by_name() -> None:
    (path,) = recorded("ticks_1s/breeze_stock_futures*.csv.gz")
    first = replay(path)[0]
    assert first[1:] == (micros("2025-11-17 12:07:57.022308"), 9767.0, 349_250, 2_620_375, 9760.5, 0.0, 125, 0)


def test_the_file_names_tell_the_instruments() -> None:
    expected = {
        "HDFCBANK": "NSE:HDFCBANK",
        "INFY": "NSE:INFY",
        "RELIANCE": "NSE:RELIANCE",
        "SBIN": "NSE:SBIN",
        "TCS": "NSE:TCS",
        "Nifty_Bank": "NSE:NIFTY BANK",
        "Nifty": "NSE:NIFTY 50",
        "NIFTY50": "NSE:NIFTY 50",
    }
    for path in recorded("ticks_1s/*/*.csv.gz"):
        word = next(word for word in ("Nifty_Bank", *expected) if word in path.name)
        assert symbol_of_file(path) == expected[word], path.name


def test_recorded_files_go_in_the_order_of_their_first_times() -> None:
    files = recorded("ticks_1s/aliceblue_2021/*INFY*.csv.gz")
    changes = [event for event in run(Replay(files[::-1], Ids())) if not isinstance(event, Batch)]
    assert [type(change) for change in changes] == [Connected, Disconnected] * 4
    assert [change.at for change in changes if isinstance(change, Connected)] == [
        micros("2021-04-08 09:15:20"),
        micros("2021-04-16 09:15:05"),
        micros("2021-05-24 09:36:57"),
        micros("2021-05-24 13:58:34"),
    ]


def test_a_few_rows_of_the_next_morning_do_not_make_the_session_to_redate() -> None:
    files = recorded("ticks_1s/aliceblue_2021/2021-04-*_Nifty_*_April.csv.gz") + recorded(
        "ticks_1s/aliceblue_2021/2021-04-16_INFY*.csv.gz"
    )
    plain, moved = replay(*files), replay(*files, redate=date(2026, 11, 20))
    days = (date(2026, 11, 20) - date(2021, 4, 16)).days
    assert moved == [tick._replace(time=tick.time + days * DAY) for tick in plain]


def test_recorded_index_bars_come_back_from_their_ticks() -> None:
    (path,) = recorded("bars_1m/NIFTY50_1m_*.parquet")
    rows = parquet.read_table(path).to_pylist()
    ticks = replay(path)
    assert aggregate(ticks, 60 * SECOND) == {
        (1, micros(str(row["ts_ist"]))): (row["open"], row["high"], row["low"], row["close"], 0) for row in rows
    }
    assert len(ticks) == 4 * len(rows)


def test_recorded_stock_bars_labelled_by_their_end_come_back_sorted_and_once() -> None:
    (path,) = recorded("bars_1m/STOCKS_FF_1m_*.parquet")
    ids = Ids()
    feed = Replay([path], ids)
    cut = micros("2015-02-01 00:00:00")
    rows = parquet.read_table(path, filters=[("ts_ist_barend", "<", datetime(2015, 2, 2))])  # noqa: DTZ001 - as it is
    ticks = [tick for tick in ticks_of(run(feed)) if tick.time < cut]
    assert feed.rejected == {"duplicate bar": 36_885}
    assert [tick.time for tick in ticks] == sorted(tick.time for tick in ticks)
    expected = {}
    for row in rows.to_pylist():
        start = micros(str(row["ts_ist_barend"])) - 60 * SECOND
        if start < cut:
            bar = row["open"], row["high"], row["low"], row["close"], row["volume"]
            expected[ids.ids[f"NSE:{row['symbol']}"], start] = bar
    assert aggregate(ticks, 60 * SECOND) == expected
    assert len(expected) > 10_000


def test_recorded_five_minute_bars_with_a_zone_and_open_interest_come_back() -> None:
    (path,) = recorded("bars_1m/NIFTY26OCTFUT_5m_*.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    ids = Ids()
    ticks = ticks_of(run(Replay([path], ids)))
    assert list(ids.ids) == ["NFO:NIFTY26OCTFUT"]
    prices = [tuple(float(row[name]) for name in ("open", "high", "low", "close")) for row in rows]
    assert aggregate(ticks, 300 * SECOND) == {
        (1, micros(row["timestamp"][:19].replace("T", " "))): (*bar, int(row["volume"]))
        for row, bar in zip(rows, prices, strict=True)
    }
    assert [tick.open_interest for tick in ticks if tick.open_interest] == [int(row["open_interest"]) for row in rows]


def test_recorded_bars_with_date_and_time_apart() -> None:
    (path,) = recorded("bars_1m/BANKNIFTY_F1_1m_*.txt")
    columns = Columns.parse("symbol=0,date=1,time=2,open=3,high=4,low=5,close=6,volume=7,open_interest=8,label=end")
    ticks = replay(path, columns=columns, symbols=["BANKNIFTY_F1=NFO:BANKNIFTY23FEBFUT"])
    assert ticks[0] == Tick(1, micros("2023-02-01 14:18:00"), 41128.85, 0)
    assert ticks[3] == Tick(1, micros("2023-02-01 14:18:59"), 41086.95, 55_575, 2_524_300)
    assert len(ticks) == 37 * 4
