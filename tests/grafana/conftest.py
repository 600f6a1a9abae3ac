"""Databases that dashboards are asked of: one with two simulated sessions, one without a tick."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor import sources
from ingestor.service import Service
from tests.ingestor.daemon import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster

FIRST_DAY = date(2026, 8, 3)
TROUBLE = """
update ledger.coverage set covered = covered - '{[2026-08-04 11:00+05:30,2026-08-04 11:20+05:30)}'
where timeframe = 'tick';
insert into ledger.backfill_requests (
    instrument_id, timeframe, ranges, asked_by, broker, status, requested_at, finished_at, error, candles, rejected
)
select
    c.instrument_id, '1m', '{[2026-08-04 11:00+05:30,2026-08-04 11:20+05:30)}', 'scan', 'kite', s.status,
    '2026-08-04 11:25+05:30', '2026-08-04 11:26+05:30', s.error, s.candles, s.rejected
from ledger.coverage as c
cross join (values ('done', null, 20, '{"price": 1}'::jsonb), ('failed', 'no answer', null, '{}')) as s (
    status, error, candles, rejected
)
where c.timeframe = 'tick';
insert into ledger.tick_counts
select c.instrument_id, '2026-08-04', 1, 2, 3, 4, '{"price": 5}' from ledger.coverage as c where c.timeframe = 'tick'
"""
"""An outage on the second day, what became of it, and ticks that were no plain rows."""
ENGINES = [pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)]


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def empty(engine_name: str, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a migrated database that holds nothing else."""
    cluster = clusters(engine_name)
    url = cluster.create("replay")
    yield url
    cluster.drop(url)


@pytest.fixture(scope="session")
def traded(
    engine_name: str, clusters: Callable[[str], Cluster], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the URL of a database that the daemon filled with two simulated sessions of 60 instruments."""
    cluster = clusters(engine_name)
    url = cluster.create("replay")
    service = Service(
        url,
        settings(tmp_path_factory.mktemp("home")),
        lambda connection: sources.simulate(
            connection, session_date=FIRST_DAY, days=2, instruments=60, speed=0, ticks_per_second=0.1
        ),
    )
    service.run()
    with psycopg.connect(url) as connection:
        connection.execute(TROUBLE.encode())
    yield url
    cluster.drop(url)
