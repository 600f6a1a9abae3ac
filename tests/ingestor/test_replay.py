from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from ingestor.errors import BhavError
from ingestor.feeds.bars import Bar, bar_ticks
from ingestor.feeds.columns import Columns
from ingestor.feeds.replay import Replay
from ingestor.feeds.symbols import full_symbol, symbol_of_file
from ingestor.feeds.values import exchange_time
from ingestor.model import Batch, Connected, Disconnected, Rejected, Tick
from tests.ingestor.replaying import DAY, SECOND, Ids, aggregate, micros, replay, run, ticks_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ingestor.model import Event

ROOT = Path(__file__).resolve().parents[2]
IST = timezone(timedelta(hours=5, minutes=30))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# --- faults -----------------------------------------------------------------------------------------------------------

DIRTY = """timestamp,ltp,volume
2021-04-16 09:15:05,100.0,10
yesterday,100.5,20
,100.5,20
2021-04-16 09:15:06,nan,30
2021-04-16 09:15:06,inf,30
2021-04-16 09:15:06,-1.0,30
2021-04-16 09:15:06,0,30
2021-04-16 09:15:06,,30
2021-04-16 09:15:06,"a "b,30
2021-04-16 09:15

2021-04-16 09:15:07,101.0,a lot
2021-04-16 09:15:08,101.5,
2021-04-16 09:15:08,101.5,99999999999999999999
1970-01-01 05:30:00,102.0,40
2021-04-16 09:15:04,102.5,-5
2021-04-16 09:15:09,"103.0",50.0
"""


def test_bad_rows_are_counted_by_reason_and_good_rows_kept_in_order(tmp_path: Path) -> None:
    feed = Replay([write(tmp_path / "INFY.csv", DIRTY)], Ids())
    events = run(feed)
    assert [(tick.time, tick.ltp, tick.day_volume) for tick in ticks_of(events)] == [
        (micros("2021-04-16 09:15:05"), 100.0, 10),
        (micros("2021-04-16 09:15:07"), 101.0, None),
        (micros("2021-04-16 09:15:08"), 101.5, None),
        (micros("2021-04-16 09:15:08"), 101.5, None),
        (0, 102.0, 40),
        (micros("2021-04-16 09:15:04"), 102.5, -5),
        (micros("2021-04-16 09:15:09"), 103.0, 50),
    ]
    assert feed.rejected == {"bad time": 2, "bad price": 6, "wrong number of fields": 1}
    assert feed.unreadable == {"volume": 2}
    told = {event.reason: event.count for event in events if isinstance(event, Rejected)}
    assert told == {**feed.rejected, "unreadable volume, tick kept without it": 2}


def test_a_gzip_cut_short_gives_what_can_be_read(tmp_path: Path) -> None:
    lines = [f"2021-04-16 10:{n // 60 % 60:02}:{n % 60:02},{100 + n * 7919 % 1000 / 10},{n}" for n in range(30_000)]
    packed = gzip.compress("\n".join(["timestamp,ltp,volume", *lines, ""]).encode())[:-20_000]
    path = tmp_path / "INFY.csv.gz"
    path.write_bytes(packed)
    readable = zlib.decompressobj(wbits=31).decompress(packed).decode().count("\n") - 1
    feed = Replay([path], Ids())
    ticks = ticks_of(run(feed))
    assert [tick.day_volume for tick in ticks] == list(range(len(ticks)))
    assert readable * 0.9 < len(ticks) <= readable
    assert feed.rejected == {"file cut short": 1}
    assert feed.progress()[0] == feed.progress()[1] == len(packed)


def test_rows_of_an_unknown_symbol_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "mixed.csv", "symbol,time,price\nINFY,2021-04-16 10:00:00,1\nXYZ,2021-04-16 10:00:00,2\n")
    feed = Replay([path], Ids("NSE:INFY"))
    assert [tick.ltp for tick in ticks_of(run(feed))] == [1.0]
    assert feed.rejected == {"unknown symbol": 1}


def test_a_row_without_a_symbol_is_of_no_instrument(tmp_path: Path) -> None:
    text = write(tmp_path / "mixed.csv", "symbol,time,price\n,2021-04-16 10:00:00,1\n ,2021-04-16 10:00:00,2\n")
    typed = tmp_path / "mixed.parquet"
    times = pa.array([datetime(2021, 4, 16, 10)], pa.timestamp("us"))  # noqa: DTZ001 - Indian without a zone
    empty = pa.array([None], pa.string())
    parquet.write_table(pa.table({"symbol": empty, "time": times, "price": [3.0]}), typed)
    ids = Ids()
    feed = Replay([text, typed], ids)
    assert ticks_of(run(feed)) == []
    assert feed.rejected == {"unknown symbol": 3}
    assert not ids.ids


def test_a_value_of_another_kind_is_unreadable_and_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    table = pa.table({"time": ["2021-04-16 10:00:00"], "price": [1.0], "volume": [[5]]})
    path = tmp_path / "INFY.PARQUET"
    parquet.write_table(table, path)
    feed = Replay([path], Ids())
    assert [(tick.ltp, tick.day_volume) for tick in ticks_of(run(feed))] == [(1.0, None)]
    assert feed.unreadable == {"volume": 1}
    part = write(tmp_path / "SBIN.csv", "time,price,volume\n2021-04-16 10:00:00,1,20.7\n2021-04-16 10:00:01,1,20.0\n")
    feed = Replay([part], Ids())
    assert [tick.day_volume for tick in ticks_of(run(feed))] == [None, 20]
    assert feed.unreadable == {"volume": 1}
    packed = tmp_path / "TCS.CSV.GZ"
    packed.write_bytes(gzip.compress(b"time,price\n2021-04-16 10:00:00,2\n"))
    assert [tick.ltp for tick in replay(packed)] == [2.0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("INFY.csv", b"timestamp,volume\n2021-04-16 09:15:05,1\n"),
        ("INFY.csv", b"when,ltp\n2021-04-16 09:15:05,1\n"),
        ("INFY.csv", b""),
        ("INFY.csv", b"a,b,c,d,e,f,g,h\n"),
        ("INFY.csv.gz", b"timestamp,ltp\n2021-04-16 09:15:05,1\n"),
        ("INFY.parquet", b"PAR1 and no more"),
        ("2021.csv", b"timestamp,ltp\n2021-04-16 09:15:05,1\n"),
        ("UNKNOWN.csv", b"timestamp,ltp\n2021-04-16 09:15:05,1\n"),
        ("INFY.csv", b"date,open,high,low,close\n2021-04-16,1,1,1,1\n2021-04-17,1,1,1,1\n"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_a_hint(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BhavError):
        run(Replay([path], Ids("NSE:INFY")))


def test_a_missing_file_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BhavError, match="absent"):
        Replay([tmp_path / "absent_INFY.csv"], Ids())
    with pytest.raises(BhavError):
        Replay([], Ids())


@pytest.mark.parametrize("text", ["time", "time=", "when=0", "time=0,label=middle", ""])
def test_a_column_mapping_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BhavError, match="column mapping"):
        Columns.parse(text)


@pytest.mark.parametrize("text", ["time=0,price=5", "time=0,price=last"])
def test_a_column_that_is_not_there_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BhavError, match="has no column"):
        Replay([write(tmp_path / "INFY.csv", "2021-04-16 09:15:05,1\n")], Ids(), Columns.parse(text))


def test_an_explicit_mapping_wins_over_names(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "timestamp,ltp,fair\n2021-04-16 09:15:05,1,2\n")
    assert replay(path, columns=Columns.parse("time=timestamp, price=2"), symbols=["x*=NSE:INFY"])[0].ltp == 2.0


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2021-04-16 09:15:05",
        "2021-04-16T09:15:05",
        "20210416 09:15:05",
        "2021-04-16T09:15:05+05:30",
        "2021-04-16T03:45:05Z",
        "2021-04-15T23:45:05-0400",
        "1618544705",
        "1618544705.0",
        "1618544705000",
        "1618544705000000",
        "1618544705000000000",
        1_618_544_705,
        1_618_544_705_000,
        datetime(2021, 4, 16, 9, 15, 5),  # noqa: DTZ001 - the point of the test
        datetime(2021, 4, 16, 3, 45, 5, tzinfo=UTC),
    ],
)
def test_a_time_is_indian_unless_it_says_otherwise(text: object) -> None:
    assert exchange_time(text) == 1_618_544_705_000_000


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e300", "2021-13-01 09:15:05", "10:15", None, True])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        exchange_time("" if text is True else text)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - naive on purpose
def test_a_time_survives_its_text_to_the_microsecond(moment: datetime) -> None:
    expected = (moment - datetime(1970, 1, 1, 5, 30)) // timedelta(microseconds=1)  # noqa: DTZ001
    assert exchange_time(moment.isoformat(sep=" ")) == exchange_time(moment) == expected
    assert exchange_time(moment.replace(tzinfo=IST).astimezone(UTC).isoformat()) == expected


def test_the_zone_of_the_machine_changes_nothing(tmp_path: Path) -> None:
    naive = write(tmp_path / "INFY.csv", "timestamp,ltp\n2021-04-16 09:15:05,1\n2021-11-07 01:30:00.5,2\n")
    stamps = pa.array([1_618_564_505_000_000], pa.timestamp("us"))
    zoned = pa.array([1_618_544_705_000_000], pa.timestamp("us", "UTC"))
    parquet.write_table(pa.table({"time": stamps, "price": [3.0]}), tmp_path / "TCS.parquet")
    parquet.write_table(pa.table({"time": zoned, "price": [4.0]}), tmp_path / "SBIN.parquet")
    script = (
        "import sys, threading; from pathlib import Path; from ingestor.feeds.replay import Replay\n"
        "for name in sys.argv[1:]:\n"
        "    Replay([Path(name)], lambda symbol: 1).run("
        "lambda event: [print(tick.time) for tick in getattr(event, 'ticks', [])], threading.Event())"
    )
    files = [str(path) for path in (naive, tmp_path / "TCS.parquet", tmp_path / "SBIN.parquet")]
    for zone in ("America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"):
        done = subprocess.run(
            [sys.executable, "-c", script, *files],
            env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert [int(line) for line in done.stdout.split()] == [
            1_618_544_705_000_000,
            1_636_228_800_500_000,
            1_618_544_705_000_000,
            1_618_544_705_000_000,
        ]


# --- symbols ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("INFY.csv", "NSE:INFY"),
        ("nse_infy_2021.csv.gz", "NSE:INFY"),
        ("NFO_NIFTY26NOVFUT.parquet", "NFO:NIFTY26NOVFUT"),
        ("NIFTY26N1724500CE_1m.csv", "NFO:NIFTY26N1724500CE"),
        ("20210416_M&M.csv", "NSE:M&M"),
        ("BAJAJ-AUTO-2021-04-16.csv", "NSE:BAJAJ-AUTO"),
        ("banknifty_1m.csv", "NSE:NIFTY BANK"),
    ],
)
def test_a_file_name_tells_its_symbol(name: str, symbol: str) -> None:
    assert symbol_of_file(Path(name)) == symbol


def test_a_symbol_with_its_exchange_stays() -> None:
    assert full_symbol("bse:sensex") == "BSE:SENSEX"


def test_a_symbol_mapping_goes_by_the_first_glob_that_fits(tmp_path: Path) -> None:
    path = write(tmp_path / "2021.csv", "timestamp,ltp\n2021-04-16 09:15:05,1\n")
    ids = Ids()
    Replay([path], ids, symbols=["*.txt=NSE:TCS", "2021*=NSE:INFY", "*=NSE:SBIN"])
    assert list(ids.ids) == ["NSE:INFY"]
    with pytest.raises(BhavError, match="symbol mapping"):
        Replay([path], ids, symbols=["INFY"])


# --- bars -------------------------------------------------------------------------------------------------------------

OPEN = micros("2021-04-16 09:15:00")
prices = st.integers(1, 2_000).map(lambda steps: steps / 20)


@st.composite
def some_bars(draw: Callable[..., Any]) -> list[Bar]:
    keys = draw(st.lists(st.tuples(st.integers(0, 374), st.integers(1, 3), st.integers(0, 2)), unique=True, min_size=1))
    bars = []
    for minute, instrument, day in keys:
        low, first, last, high = sorted(draw(st.tuples(prices, prices, prices, prices)))
        opened, close = draw(st.permutations([first, last]))
        time = OPEN + day * DAY + minute * 60 * SECOND
        bars.append(Bar(time, instrument, opened, high, low, close, draw(st.integers(0, 10_000)), None))
    return bars


@given(some_bars(), st.randoms(use_true_random=False))
def test_any_bars_in_any_order_come_back_from_their_ticks(bars: list[Bar], shuffle: Any) -> None:  # noqa: ANN401
    # a minute away from every day's bars fixes the width
    ruler = [Bar(OPEN - DAY + n * 60 * SECOND, 9, 1.0, 1.0, 1.0, 1.0, 0, None) for n in range(400)]
    again = [*ruler, *bars, *bars]
    shuffle.shuffle(again)
    rejected: Counter[str] = Counter()
    ticks = list(bar_ticks(again, "start", rejected))
    assert [tick.time for tick in ticks] == sorted(tick.time for tick in ticks)
    assert rejected == {"duplicate bar": len(bars)}
    made = {key: bar for key, bar in aggregate(ticks, 60 * SECOND).items() if key[0] != 9}
    assert made == {(b.instrument_id, b.time): (b.open, b.high, b.low, b.close, b.volume) for b in bars}


def test_a_minute_bar_is_open_extremes_and_close_at_0_20_40_and_59_seconds() -> None:
    rising = Bar(OPEN, 1, 10.0, 12.0, 9.0, 11.0, 100, 7)
    falling = Bar(OPEN + 60 * SECOND, 1, 11.0, 12.0, 9.0, 10.0, 50, 8)
    assert list(bar_ticks([falling, rising], "start", Counter())) == [
        Tick(1, OPEN, 10.0, 0),
        Tick(1, OPEN + 20 * SECOND, 9.0, 0),
        Tick(1, OPEN + 40 * SECOND, 12.0, 0),
        Tick(1, OPEN + 59 * SECOND, 11.0, 100, 7),
        Tick(1, OPEN + 60 * SECOND, 11.0, 100),
        Tick(1, OPEN + 80 * SECOND, 12.0, 100),
        Tick(1, OPEN + 100 * SECOND, 9.0, 100),
        Tick(1, OPEN + 119 * SECOND, 10.0, 150, 8),
    ]


def test_the_ticks_of_an_hour_end_before_a_session_that_ends_in_its_first_quarter() -> None:
    bars = [Bar(OPEN + n * 3_600 * SECOND, 1, 1.0, 1.0, 1.0, 1.0, 1, None) for n in range(7)]
    ticks = list(bar_ticks(bars, "start", Counter()))
    assert ticks[-1].time < micros("2021-04-16 15:30:00")
    assert aggregate(ticks, 900 * SECOND) == {(1, bar.time): (1.0, 1.0, 1.0, 1.0, 1) for bar in bars}


def test_a_corrected_bar_replaces_the_earlier_row() -> None:
    rejected: Counter[str] = Counter()
    wrong, right = (Bar(OPEN, 1, 1.0, 1.0, 1.0, price, 1, None) for price in (1.0, 2.0))
    assert list(bar_ticks([wrong, right], "start", rejected))[-1].ltp == 2.0
    assert rejected == {"bar replaced by a later row": 1}


# --- the flow ---------------------------------------------------------------------------------------------------------


def many_ticks(path: Path, first: datetime, count: int, step: float = 1.0) -> Path:
    rows = (f"{first + timedelta(seconds=n * step):%Y-%m-%d %H:%M:%S.%f},{100 + n % 7},{n}" for n in range(count))
    return write(path, "\n".join(["timestamp,ltp,volume", *rows, ""]))


def test_batches_are_bounded_and_progress_ends_at_the_total(tmp_path: Path) -> None:
    path = many_ticks(tmp_path / "INFY.csv", datetime(2021, 4, 16, 9, 15, tzinfo=IST), 5_001)
    feed = Replay([path], Ids())
    assert feed.progress() == (0, path.stat().st_size)
    seen: list[float] = []
    events: list[Event] = []

    def emit(event: Event) -> None:
        seen.append(feed.progress()[0])
        events.append(event)

    feed.run(emit, threading.Event())
    assert [len(event.ticks) for event in events if isinstance(event, Batch)] == [2_000, 2_000, 1_001]
    assert seen == sorted(seen)
    assert feed.progress() == (path.stat().st_size, path.stat().st_size)


def test_the_connection_spans_the_ticks_of_the_file_whatever_1970_says(tmp_path: Path) -> None:
    text = "time,price\n1970-01-01 05:30:00,1\n2021-04-16 09:15:05,1\n2021-04-16 09:16:05,1\n"
    events = run(Replay([write(tmp_path / "INFY.csv", text)], Ids()))
    assert events[0] == Connected(micros("2021-04-16 09:15:05"))
    assert events[-1] == Disconnected(micros("2021-04-16 09:16:05"), reason="end of file")
    text = "time,price\n2021-04-16 09:15:05,1\n1970-01-01 05:30:00,1\n"
    events = run(Replay([write(tmp_path / "INFY.csv", text)], Ids()))
    assert events[-1] == Disconnected(micros("2021-04-16 09:15:05"), reason="end of file")


def test_a_file_without_a_usable_row_sends_nothing(tmp_path: Path) -> None:
    feed = Replay([write(tmp_path / "INFY.csv", "time,price\nnever,1\n")], Ids())
    assert run(feed) == [Rejected("bad time")]
    assert feed.rejected == {"bad time": 1}


def test_redate_keeps_the_time_of_day_and_the_distance_of_days(tmp_path: Path) -> None:
    old = many_ticks(tmp_path / "INFY.csv", datetime(2021, 4, 14, 15, 0, tzinfo=IST), 600)
    new = many_ticks(tmp_path / "TCS.csv", datetime(2021, 4, 16, 15, 0, tzinfo=IST), 600)
    ticks = replay(old, new, redate=date(2026, 11, 20))
    assert ticks[0].time == micros("2026-11-18 15:00:00")
    assert ticks[-1].time == micros("2026-11-20 15:09:59")
    with pytest.raises(BhavError):
        replay(write(tmp_path / "SBIN.csv", "time,price\nnever,1\n"), redate=date(2026, 11, 20))


def test_speed_is_kept_within_a_session_and_the_night_is_skipped(tmp_path: Path) -> None:
    today = many_ticks(tmp_path / "INFY.csv", datetime(2021, 4, 15, 15, 0, tzinfo=IST), 40, step=0.5)
    tomorrow = many_ticks(tmp_path / "TCS.csv", datetime(2021, 4, 16, 9, 15, tzinfo=IST), 40, step=0.5)
    begin = time.monotonic()
    events = run(Replay([today, tomorrow], Ids(), speed=50.0))
    assert 2 * 19 / 50 <= time.monotonic() - begin < 10  # the night would take 20 minutes
    assert all(len(event.ticks) == 2 for event in events if isinstance(event, Batch))


def test_it_stops_when_told(tmp_path: Path) -> None:
    path = many_ticks(tmp_path / "INFY.csv", datetime(2021, 4, 16, 9, 15, tzinfo=IST), 5_000)
    stop = threading.Event()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        stop.set()

    Replay([path], Ids()).run(emit, stop)
    assert [type(event) for event in events] == [Connected, Batch]
