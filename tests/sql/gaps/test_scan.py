"""The scan asks for gaps that have come to an end, once, and who looks at a hole has it filled."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.gaps.test_gaps import INDIA, connected, instrument, record

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    Db = psycopg.Connection[Any]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def url(create_database: Callable[[str], str]) -> str:
    return create_database("wall")


@pytest.fixture
def now() -> datetime:
    return datetime.now(INDIA)


@pytest.fixture
def ids(db: Db, now: datetime) -> list[int]:
    """Three instruments of a session that began an hour ago, two of them listed; nothing else is traded."""
    db.execute("delete from market.sessions")
    db.execute(
        "insert into market.sessions values ('NSE', %s, %s, %s, 'test')",
        ((now - 60 * MINUTE).date(), now - 60 * MINUTE, now + 60 * MINUTE),
    )
    made = [instrument(db, f"NSE:{name}") for name in ("AAA", "BBB", "CCC")]
    for id_ in made[:2]:
        db.execute(
            "insert into market.broker_instruments (broker, broker_key, instrument_id) values ('kite', %s, %s)",
            (str(id_), id_),
        )
    db.execute("update ledger.subscriptions set since = now() - interval '2 days'")
    connected(db, made, [(now - 70 * MINUTE, now - 30 * MINUTE)])
    return made


def scan(db: Db) -> int:
    row = db.execute("select gaps.scan()").fetchone()
    assert row is not None
    return int(row[0])


def heard(db: Db) -> list[dict[str, Any]]:
    return [json.loads(notice.payload) for notice in db.notifies(timeout=0.5)]


def requests(db: Db) -> list[tuple[Any, ...]]:
    return db.execute("select instrument_id, asked_by, status from ledger.backfill_requests order by id").fetchall()


def test_a_gap_is_asked_for_once_it_is_over(db: Db, ids: list[int], now: datetime) -> None:
    first, _, unlisted = ids
    db.execute("listen gap")
    assert scan(db) == 0, "the connection is down: the gap goes on"
    record(db, "up", now - 20 * MINUTE, [first, unlisted])
    record(db, "heard", now)
    assert scan(db) == 1
    assert requests(db) == [(first, "scan", "queued")]
    (told,) = heard(db)
    (gap,) = db.execute("select starts_at, ends_at from gaps.gaps(%s, %s)", (first, now - 60 * MINUTE)).fetchall()
    assert (told["instrument_id"], told["state"]) == (first, "found")
    assert (datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"])) == gap
    assert scan(db) == 0
    assert heard(db) == []
    record(db, "list", now, ids)
    record(db, "heard", now + 2 * MINUTE)
    assert scan(db) == 0, "what goes on since then has not settled"


def test_several_gaps_of_an_instrument_are_one_call(db: Db, ids: list[int], now: datetime) -> None:
    for minutes in (28, 24, 20):
        connected(db, ids, [(now - minutes * MINUTE, now - (minutes - 3) * MINUTE)])
    record(db, "up", now - 16 * MINUTE, ids)
    record(db, "heard", now)
    db.execute("listen gap")
    assert scan(db) == 2
    assert [row[0] for row in requests(db)] == ids[:2]
    count = db.execute("select count(*) from gaps.watchlist_gaps where instrument_id = any (%s)", (ids[:2],)).fetchone()
    assert len(heard(db)) == (count or (0,))[0] > 2


def test_a_request_that_nobody_can_answer_any_more_ends(db: Db, ids: list[int], now: datetime) -> None:
    db.execute("select gaps.request_backfill(%s, %s)", (ids[0], now - 60 * MINUTE))
    db.execute("update market.broker_instruments set valid_until = current_date + 1")
    scan(db)
    assert requests(db) == [(ids[0], "user", "failed")]


@pytest.mark.parametrize("fill", [True, False])
def test_who_looks_at_a_hole_wants_it_filled(db: Db, ids: list[int], now: datetime, *, fill: bool) -> None:
    db.execute("listen want")
    since, until = now - 60 * MINUTE, now - 10 * MINUTE
    with db.transaction():
        db.execute("set transaction read only")
        db.execute("set local role bhav_read")
        db.execute("select * from candles.candles(%s, '5m', %s, %s, %s)", (ids[0], since, until, fill))
        db.execute("select * from candles.candles(%s, '5m', %s, %s, %s)", (ids[0], since, since + 5 * MINUTE, fill))
    wants = heard(db)
    assert len(wants) == fill
    assert requests(db) == []
    for want in wants:
        assert (want["instrument_id"], want["timeframe"]) == (ids[0], "5m")
        (gap,) = db.execute("select min(starts_at), max(ends_at) from gaps.gaps(%s, %s, %s)", (ids[0], since, until))
        assert datetime.fromisoformat(want["since"]) == gap[0]
        assert timedelta() <= datetime.fromisoformat(want["until"]) - gap[1] < 5 * MINUTE, "to the end of the last bar"


def test_what_was_answered_is_not_asked_again_by_itself(db: Db, ids: list[int], now: datetime) -> None:
    """A broken candle leaves a gap: the scan and charts leave it alone for a day, a user need not."""
    record(db, "up", now - 20 * MINUTE, ids[:1])
    record(db, "heard", now)
    assert scan(db) == 1
    db.execute("update ledger.backfill_requests set status = 'done', finished_at = now()")
    ask = "select status from gaps.request_backfill(%s, %s, %s, '1m', false, %s)"
    for asked_by, status in {"chart": "nothing", "scan": "nothing", "user": "queued"}.items():
        rows = db.execute(ask, (ids[0], now - 40 * MINUTE, now - 25 * MINUTE, asked_by)).fetchall()
        assert rows == [(status,)], asked_by
    db.execute("delete from ledger.backfill_requests where status = 'queued'")
    db.execute("update ledger.backfill_requests set finished_at = now() - interval '25 hours'")
    assert scan(db) == 1


@pytest.mark.parametrize("ranges", ["{(,)}", "{[-infinity,infinity]}"])
def test_a_request_without_an_end_covers_nothing_that_is_not_over(db: Db, ids: list[int], ranges: str) -> None:
    """Who may queue may write rows by hand."""
    db.execute(
        "insert into ledger.backfill_requests (instrument_id, timeframe, ranges, asked_by, again)"
        " values (%s, '1m', %s, 'user', true)",
        (ids[0], ranges),
    )
    claim = "select request_id, attempt, until, gaps.settled_until() from gaps.claim_backfill('kite')"
    ((request, attempt, until, settled),) = db.execute(claim).fetchall()
    assert until == settled
    nothing = "select gaps.answer_backfill(%s, %s, '{}', '{}', '{}', '{}', '{}', '{}', '{}')"
    db.execute(nothing, (request, attempt))
    covered = "select upper(covered) from ledger.coverage where instrument_id = %s and timeframe = '1m'"
    assert db.execute(covered, (ids[0],)).fetchall() == [(settled,)]


def test_turns_are_given_once_and_within_the_day(db: Db) -> None:
    db.execute("update ledger.broker_calls set call_every = '10 seconds', calls_a_day = 5")
    turns = [row[0] for _ in range(5) for row in db.execute("select gaps.reserve_call('kite')")]
    assert all(later - earlier == timedelta(seconds=10) for earlier, later in pairwise(turns))
    ((sixth, last),) = db.execute(
        "select gaps.reserve_call('kite') at time zone 'Asia/Kolkata', %s::timestamptz at time zone 'Asia/Kolkata'",
        (turns[-1],),
    ).fetchall()
    assert sixth.time() == datetime.min.time()
    assert timedelta() < sixth - last <= timedelta(days=1)
    db.execute("select gaps.hold_calls('fyers', now() + interval '1 hour')")
    held = "select gaps.reserve_call('fyers') - now() between interval '59 minutes' and interval '61 minutes'"
    assert db.execute(held).fetchone() == (True,)
    assert db.execute("select gaps.reserve_call('nobody')").fetchone() == (None,)
