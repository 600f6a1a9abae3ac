"""Which database a command may use: its clock, its version, and where a simulated market goes on in it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from ingestor import sources
from ingestor.checks import check_database, check_version
from ingestor.config import Settings
from ingestor.errors import BhavError
from ingestor.model import Batch, Tick
from ingestor.prepare import broker_clock, database_url, require_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingestor.model import Event

SECOND = 1_000_000
OPEN = 1_785_728_700 * SECOND
"""Monday 2026-08-03 09:15 in India."""


@pytest.mark.parametrize(("broker", "own", "other"), [("simulate", "replay", "wall"), ("kite", "wall", "replay")])
def test_simulated_and_real_markets_do_not_share_a_database(
    create_database: Callable[[str], str], broker: Literal["simulate", "kite"], own: str, other: str
) -> None:
    clock = broker_clock(Settings(broker=broker))
    require_clock(create_database(own), clock)
    with pytest.raises(BhavError, match=f"runs on the {other} clock, this needs the {own} clock"):
        require_clock(create_database(other), clock)


@pytest.mark.parametrize(
    ("url", "name", "expected"),
    [
        ("postgresql://me@host:1", None, "bhav"),
        ("postgresql://me@host/?sslmode=require", None, "bhav"),
        ("host=host user=me", None, "bhav"),
        ("postgresql://me@host/mine", None, "mine"),
        ("postgresql://me@host?dbname=mine", None, "mine"),
        ("postgresql://me@host/mine", "other", "other"),
    ],
)
def test_the_database_is_bhav_unless_somebody_names_another(url: str, name: str | None, expected: str) -> None:
    settings = Settings(database_url=SecretStr(url))
    assert conninfo_to_dict(database_url(settings, name))["dbname"] == expected


def ticks_of(connection: psycopg.Connection) -> list[Tick]:
    """Return the ticks of a simulated market up to its second batch."""
    stop = threading.Event()
    batches: list[Batch] = []

    def emit(event: Event) -> None:
        if isinstance(event, Batch):
            batches.append(event)
        if len(batches) == 2:
            stop.set()

    sources.simulate(connection, instruments=5, speed=0, days=1, resume=True).run(emit, stop)
    return [tick for batch in batches for tick in batch.ticks]


def test_a_simulated_market_trades_at_once(db: psycopg.Connection) -> None:
    first = min(tick.time for tick in ticks_of(db))
    opens = db.execute(
        """
        select (extract(epoch from max(opens_at)) * 1000000)::bigint
        from market.sessions
        where segment = 'NSE' and kind = 'continuous' and opens_at < now()
        """,
    ).fetchone()
    assert opens == (first,)


def test_a_simulated_market_goes_on_after_the_newest_tick(db: psycopg.Connection) -> None:
    db.execute("call store.ensure('2026-08-03', '2026-08-04')")
    db.execute(
        "insert into store.tick_data (instrument_id, time, ltp, source)"
        " values (1, '2026-08-03 11:00:00.000002+05:30', 100, 'simulate')",
    )
    newest = OPEN + 105 * 60 * SECOND
    assert {tick.time for tick in ticks_of(db)} == {newest + SECOND, newest + 2 * SECOND}


def test_failing_jobs_are_told_but_do_not_keep_the_daemon_from_starting(url: str) -> None:
    settings = Settings()
    with psycopg.connect(url) as connection:
        connection.execute("update ledger.jobs set failures = 3 where name = 'retain'")
    assert check_version(url, settings)[1] == "replay"
    with pytest.raises(BhavError, match="jobs are failing: retain"):
        check_database(url, settings)
