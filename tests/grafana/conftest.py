"""Databases that dashboards are asked of: one with two simulated sessions, one without a tick."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestor import sources
from ingestor.service import Service
from tests.ingestor.daemon import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster

FIRST_DAY = date(2026, 8, 3)
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
    yield url
    cluster.drop(url)
