"""Gaps are trading time less what is covered: against a set of minutes, over seven years of a reference calendar."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from tests.contract import reference
from tests.contract.reference import micros

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "calendar" / "nse_sessions_2020_2026.csv"
INDIA = ZoneInfo("Asia/Kolkata")
MINUTE = timedelta(minutes=1)
Db = psycopg.Connection[Any]
Pair = tuple[datetime, datetime]


def india(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA)


def instrument(db: Db, symbol: str, segment: str = "NSE", **more: object) -> int:
    exchange, tradingsymbol = symbol.split(":")
    definition = {"symbol": symbol, "exchange": exchange, "segment": segment, "tradingsymbol": tradingsymbol}
    row = db.execute(
        "select id from market.register_instruments(%s)", (Jsonb([definition | {"kind": "equity"} | more]),)
    ).fetchone()
    assert row is not None
    return int(row[0])


def set_clock(db: Db, now: datetime) -> None:
    """Let the market's clock, which is the newest tick of a replay database, be here."""
    clock = instrument(db, "NSE:CLOCK")
    db.execute("call store.ensure(%s, %s)", (now, now))
    db.execute(
        "insert into store.tick_data (instrument_id, time, ltp, source) values (%s, %s, 1, 'test')", (clock, now)
    )


def record(db: Db, what: str, at: datetime, ids: Iterable[int] = (), **more: object) -> None:
    event = {"what": what, "source": "test", "connection": "c", "at": round(at.timestamp() * 1_000_000), **more}
    db.execute("select ledger.record_connection(%s)", (Jsonb(event | {"instrument_ids": list(ids)}),))


def connected(db: Db, ids: list[int], ranges: list[Pair]) -> None:
    for up, down in ranges:
        record(db, "up", up, ids)
        record(db, "down", down, reason="test")


def gaps(db: Db, id_: int, since: datetime, until: datetime, timeframe: str = "1m") -> list[Pair]:
    rows = db.execute(
        "select starts_at, ends_at, minutes from gaps.gaps(%s, %s, %s, %s)", (id_, since, until, timeframe)
    ).fetchall()
    assert all(minutes * MINUTE == ends - starts for starts, ends, minutes in rows)
    found = [(starts.astimezone(UTC), ends.astimezone(UTC)) for starts, ends, _ in rows]
    assert found == sorted(found)
    return found


def minutes(ranges: Iterable[Pair]) -> set[int]:
    """Return the numbers, from 1970 on, of the minutes that ranges are made of; each is of whole ones."""
    result: set[int] = set()
    for pair in ranges:
        (first, parts), (last, others) = (divmod(micros(at), reference.MINUTE) for at in pair)
        assert parts == others == 0
        result.update(range(first, last))
    return result


def reference_sessions(segment: str) -> list[Pair]:
    if not REFERENCE.exists():
        pytest.skip("the reference calendar (../shared) is not beside the checkout")
    result = []
    with REFERENCE.open() as lines:
        for row in csv.DictReader(lines):
            parts = [(row["open1_ist"], row["close1_ist"]), (row["open2_ist"], row["close2_ist"])]
            if row["is_session"] == "0" or row["date"] >= "2026-11-01":
                continue
            if row["kind"].startswith("REGULAR_CAS"):
                closes = {"NSE": "15:30", "NSE_CAS": "15:35", "NFO": "15:40"}[segment]
                parts = [("09:15", closes)]
            result += [(india(f"{row['date']} {a}"), india(f"{row['date']} {b}")) for a, b in parts if a]
    return result


@pytest.mark.parametrize("segment", ["NSE", "NSE_CAS", "NFO"])
def test_every_special_day_since_2020(db: Db, segment: str) -> None:
    """Holidays, weekends, Muhurat, drills with a break, 15:15 and 15:40: no false gap and no missed one."""
    chance = random.Random(segment)
    sessions = reference_sessions(segment)
    set_clock(db, india("2026-11-20 10:00"))
    ids = [instrument(db, "NSE:AAA", segment), instrument(db, "NSE:BBB", segment)]
    ranges: list[Pair] = []
    at = india("2019-12-31 00:00")
    while at < india("2026-10-20"):
        since = at + timedelta(seconds=chance.uniform(1, 86_400))
        at = since + timedelta(seconds=chance.choice([0.5, 70, 3_600, 40_000, 400_000]) * chance.random())
        ranges.append((since, at))
    covered = Multirange([Range(*pair) for pair in ranges])
    for id_ in ids:
        db.execute(
            "insert into ledger.coverage (instrument_id, timeframe, covered) values (%s, 'tick', %s)", (id_, covered)
        )
    starts, ends = india("2020-01-01 00:00"), india("2026-11-01 00:00")
    trading = minutes(sessions)
    whole = minutes((ceiling(since), until.replace(second=0, microsecond=0)) for since, until in ranges)
    for id_ in ids:
        assert minutes(gaps(db, id_, starts, ends)) == trading - whole
    assert trading & whole
    (missing,) = db.execute("select missing from gaps.missing(%s, %s, %s)", (ids[:1], starts, ends)).fetchall()[0]
    assert [(r.lower, r.upper) for r in missing] == gaps(db, ids[0], starts, ends)


def ceiling(at: datetime) -> datetime:
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + MINUTE


def test_an_illiquid_option_without_trades_is_no_gap(db: Db) -> None:
    set_clock(db, india("2026-08-05 10:00"))
    option = instrument(db, "NFO:X26AUG100CE", "NFO", kind="option", expiry="2026-08-25", strike=100, option_type="CE")
    day = india("2026-08-04 00:00"), india("2026-08-05 00:00")
    assert gaps(db, option, *day) == [(india("2026-08-04 09:15"), india("2026-08-04 15:40"))]
    connected(db, [option], [(india("2026-08-04 09:00"), india("2026-08-04 15:41"))])
    assert gaps(db, option, *day) == []


def test_nothing_in_the_future_nor_of_the_minute_that_settles(db: Db) -> None:
    id_ = instrument(db, "NSE:AAA")
    set_clock(db, india("2026-08-04 09:20:29"))
    day = india("2026-08-04 00:00"), india("2026-09-01 00:00")
    assert gaps(db, id_, *day) == [(india("2026-08-04 09:15"), india("2026-08-04 09:19"))]
    set_clock(db, india("2026-08-04 09:20:30"))
    assert gaps(db, id_, *day) == [(india("2026-08-04 09:15"), india("2026-08-04 09:20"))]
    set_clock(db, india("2026-08-04 15:40"))
    assert gaps(db, id_, *day) == [(india("2026-08-04 09:15"), india("2026-08-04 15:30"))]


def test_a_connection_that_is_up_covers_what_it_was_heard_for(db: Db) -> None:
    ids = [instrument(db, "NSE:AAA"), instrument(db, "NSE:BBB")]
    set_clock(db, india("2026-08-04 10:00"))
    record(db, "up", india("2026-08-04 09:00"), ids)
    record(db, "heard", india("2026-08-04 09:50:30"))
    day = india("2026-08-04 00:00"), india("2026-08-05 00:00")
    assert gaps(db, ids[0], *day) == [(india("2026-08-04 09:50"), india("2026-08-04 09:59"))]
    record(db, "list", india("2026-08-04 09:52:10"), ids[:1])
    record(db, "heard", india("2026-08-04 10:01"))
    assert gaps(db, ids[0], *day) == [], "it goes on with another list"
    assert gaps(db, ids[1], *day) == [(india("2026-08-04 09:52"), india("2026-08-04 09:59"))]


def test_a_minute_with_volume_that_accrued_unseen_is_a_gap(db: Db) -> None:
    id_ = instrument(db, "NSE:AAA")
    set_clock(db, india("2026-08-04 16:00"))
    connected(db, [id_], [(india("2026-08-04 09:00"), india("2026-08-04 15:31"))])
    minute = india("2026-08-04 11:07")
    record(db, "missed", minute, minutes=[[id_, round(minute.timestamp() * 1_000_000)], [999_999, 0]])
    assert gaps(db, id_, india("2026-08-04 00:00"), india("2026-08-05 00:00")) == [(minute, minute + MINUTE)]


def test_what_was_answered_at_a_timeframe_covers_the_longer_ones(db: Db) -> None:
    id_ = instrument(db, "NSE:AAA")
    set_clock(db, india("2026-08-05 10:00"))
    day = india("2026-08-04 09:15"), india("2026-08-04 15:30")
    db.execute(
        "insert into ledger.coverage (instrument_id, timeframe, covered)"
        " values (%s, '15m', tstzmultirange(tstzrange(%s, %s)))",
        (id_, *day),
    )
    for timeframe in ("1s", "1m", "5m", "10m"):
        assert gaps(db, id_, *day, timeframe) == [day], timeframe
    for timeframe in ("15m", "45min", "75m", "1h", "day", "1w"):
        assert gaps(db, id_, *day, timeframe) == [], timeframe


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("2026-08-05", "2026-08-04", "1m"), "BH005"),
        ((None, "2026-08-04", "1m"), "BH005"),
        (("2026-08-04", "2026-08-05", "7m"), "BH001"),
    ],
)
def test_a_bad_question_is_refused(db: Db, arguments: tuple[str | None, ...], code: LiteralString) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute("select * from gaps.gaps(1, %s, %s, %s)", arguments)
    assert error.value.sqlstate == code


def test_an_unknown_timeframe_is_refused_where_nothing_is_known(db: Db) -> None:
    set_clock(db, india("2026-08-05 10:00"))
    id_ = instrument(db, "NSE:AAA")
    with pytest.raises(psycopg.Error) as error:
        db.execute("select instrument_id from gaps.missing(%s, '2026-08-04', '2026-08-05', '7m')", ([id_],))
    assert error.value.sqlstate == "BH001"


def test_days_have_24_hours_where_clocks_are_put_back(db: Db) -> None:
    set_clock(db, india("2026-11-08 20:00"))
    db.execute("set timezone to 'America/New_York'")  # 2026-11-01 has 25 hours there
    assert db.execute("select gaps.kept_since('tick_data')").fetchone() == (india("2026-11-02 01:15"),)
