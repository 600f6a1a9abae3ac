"""What the database knows of a feed's connections, and what it calls stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from ingestor.model import Batch, Connected, Disconnected, Heard, Rejected, Subscribed, Tick
from tests.ingestor.daemon import (
    MINUTE,
    Running,
    Script,
    at,
    batches,
    run,
    scalar,
    segments,
    service,
    session_ticks,
    stocks,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from ingestor.model import Event

A, B = frozenset({1}), frozenset({1, 2})


def history(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        select
            connection, instrument_ids, to_char(up_at, 'HH24:MI'), to_char(heard_until, 'HH24:MI'),
            to_char(ended_at, 'HH24:MI'), reason
        from ledger.feed_connections
        order by id
        """,
    ).fetchall()


def status(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        select
            connection, state, to_char(since, 'HH24:MI'), reason, instruments, to_char(heard_at, 'HH24:MI'), reconnects
        from ledger.feed_status
        order by connection
        """,
    ).fetchall()


@pytest.fixture
def ist(db: psycopg.Connection) -> psycopg.Connection:
    db.execute("set time zone 'Asia/Kolkata'")
    return db


def test_the_history_says_from_when_to_when_each_list_was_up(url: str, ist: psycopg.Connection, tmp_path: Path) -> None:
    events: list[Event] = [
        Disconnected(at("09:00"), "one", "refused"),
        Connected(at("09:10"), "one", A),
        Heard(at("09:20"), "one"),
        Subscribed(at("09:30"), "one", B),
        Connected(at("09:30"), "two", A),
        Disconnected(at("09:40"), "one", "gone"),
        Disconnected(at("09:41"), "one", "still gone"),
        Connected(at("09:50"), "one", B),
        Heard(at("10:00"), "one"),
    ]
    run(url, tmp_path, events)
    assert history(ist) == [
        ("one", [1], "09:10", "09:30", "09:30", "other instruments"),
        ("one", [1, 2], "09:30", "09:40", "09:40", "gone"),
        ("two", [1], "09:30", "09:30", "09:30", "stopped"),
        ("one", [1, 2], "09:50", "10:00", "10:00", "stopped"),
    ]
    assert status(ist) == [
        ("one", "down", "10:00", "stopped", 0, "10:00", 1),
        ("two", "down", "09:30", "stopped", 0, "09:30", 0),
    ]


def test_words_that_no_database_takes_end_nothing(url: str, ist: psycopg.Connection, tmp_path: Path) -> None:
    words = "gone\0 \udc80[/red] \\u0000"
    run(url, tmp_path, [Rejected(words), Disconnected(at("09:00"), "one", words), Disconnected(at("09:01"), "two", "")])
    told = "gone\ufffd \ufffd[/red] \\u0000"
    assert [(name, reason) for name, _, _, reason, *_ in status(ist)] == [("one", told), ("two", "")]
    assert scalar(ist, "select rejected from ledger.ingest_stats") == {told: 1}


def test_while_it_runs_the_status_is_that_of_now(url: str, ist: psycopg.Connection, tmp_path: Path) -> None:
    seen: list[list[tuple[Any, ...]]] = []

    def shows(*expected: tuple[Any, ...]) -> None:
        until(lambda: status(ist) == list(expected))
        seen.append(status(ist))

    def events() -> Iterator[Event]:
        yield Disconnected(at("09:00"), "one", "no access token")
        shows(("one", "down", "09:00", "no access token", 0, None, 0))
        yield Connected(at("09:10"), "one", B)
        shows(("one", "up", "09:10", None, 2, "09:10", 0))
        yield Disconnected(at("09:20"), "one", "gone")
        shows(("one", "down", "09:20", "gone", 0, "09:20", 0))
        yield Disconnected(at("09:21"), "one", "refused")
        shows(("one", "down", "09:20", "refused", 0, "09:20", 0))
        yield Connected(at("09:30"), "one", A)
        shows(("one", "up", "09:30", None, 1, "09:30", 1))

    run(url, tmp_path, events())
    assert len(seen) == 5


def test_what_a_killed_daemon_left_open_ends_where_it_was_last_heard(
    url: str, ist: psycopg.Connection, tmp_path: Path
) -> None:
    for event in (
        {"what": "start"},
        {"what": "up", "connection": "one", "at": 0, "instrument_ids": [1]},
        {"what": "heard", "connection": "one", "at": MINUTE},
    ):
        ist.execute("select ledger.record_connection(%s)", (Jsonb({"source": "other", **event}),))
    assert history(ist) == [("one", [1], "05:30", "05:31", None, None)]
    run(url, tmp_path, [])
    assert history(ist) == [("one", [1], "05:30", "05:31", "05:31", "the daemon ended")]
    assert status(ist) == []


def test_nothing_is_called_seen_before_its_ticks_are_stored(url: str, db: psycopg.Connection, tmp_path: Path) -> None:
    """While the database takes no ticks, the connection's end must not be there either."""
    (instrument_id,) = stocks(db, 1)
    tick = Tick(instrument_id, at("10:00"), 100.0)

    def events() -> Iterator[Event]:
        yield Connected(at("09:59"), "one", frozenset({instrument_id}))
        until(lambda: scalar(db, "select count(*) from ledger.feed_connections") == 1)
        db.execute("begin")
        db.execute("lock table store.tick_data in access exclusive mode")
        yield Batch([tick], at("10:00"), "one")
        until(lambda: segments(tmp_path))
        yield Heard(at("10:01"), "one")
        yield Disconnected(at("10:02"), "one", "gone")
        until(lambda: len(segments(tmp_path)) > 1)
        assert scalar(db, "select heard_until = up_at from ledger.feed_connections")
        db.execute("commit")

    running = Running(service(url, tmp_path, Script(events())))
    running.join()
    assert scalar(db, "select count(*) from store.tick_data") == 1
    assert scalar(db, "select reason from ledger.feed_connections") == "gone"


def test_an_instrument_that_joins_a_connection_has_missed_what_traded_before(
    url: str, db: psycopg.Connection, tmp_path: Path
) -> None:
    """Up since before the open, told of another stock at 11:00: its day so far is missed volume, not a bar's."""
    first, second = stocks(db, 2)
    events: list[Event] = [
        Connected(at("09:00"), "one", frozenset({first})),
        Batch([Tick(first, at("09:15:05"), 100.0, 50), Tick(first, at("11:00"), 100.0, 70)], at("11:00"), "one"),
        Subscribed(at("11:00:30"), "one", frozenset({first, second})),
        Batch([Tick(first, at("11:00:40"), 100.0, 75), Tick(second, at("11:00:41"), 10.0, 9_000)], at("11:01"), "one"),
        Batch([Tick(second, at("11:02"), 10.0, 9_100)], at("11:02"), "one"),
        Subscribed(at("11:03"), "one", frozenset({first})),
        Subscribed(at("11:10"), "one", frozenset({first, second})),
        Batch([Tick(second, at("11:10:01"), 10.0, 9_700), Tick(first, at("11:10:02"), 100.0, 80)], at("11:11"), "one"),
    ]
    run(url, tmp_path, events)
    rows = db.execute("select instrument_id, volume, missed_volume from store.tick_data order by instrument_id, time")
    assert rows.fetchall() == [
        (first, 50, 0), (first, 20, 0), (first, 5, 0), (first, 5, 0),
        (second, 0, 9_000), (second, 100, 0), (second, 0, 600),
    ]  # fmt: skip


def test_the_minutes_that_hold_missed_volume_are_unsure_and_no_others(
    url: str, db: psycopg.Connection, tmp_path: Path
) -> None:
    ids = stocks(db, 3)
    ticks = session_ticks(ids, 3_000, seed=4)

    def events() -> Iterator[Event]:
        for place, batch in enumerate(batches(ticks, 50)):
            if place % 3 == 0:
                yield Connected(batch.ticks[0].time, "main", frozenset(ids))
            yield batch

    run(url, tmp_path, events())
    missed = db.execute(
        """
        select instrument_id, range_agg(tstzrange(minute, minute + interval '1 minute'))
        from (
            select instrument_id, date_trunc('minute', time) as minute
            from store.tick_data
            where missed_volume > 0
        ) as t
        group by instrument_id
        order by instrument_id
        """,
    ).fetchall()
    unsure = "select instrument_id, unsure from ledger.coverage where timeframe = 'tick' order by instrument_id"
    assert [instrument_id for instrument_id, _ in missed] == ids
    assert db.execute(unsure).fetchall() == missed
