"""Databases of the contract tests: one that a module's tests share where that is safe, or one for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster


@pytest.fixture
def contract(url: str, engine: str) -> Iterator[Contract]:
    """Return a fresh database with the market's clock in its ticks."""
    made = Contract(url, engine)
    yield made
    made.connection.close()


@pytest.fixture(
    scope="module",
    params=[pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)],
)
def shared_contract(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[Contract]:
    """Return a database that the tests of a module share, with the market's clock in its ticks."""
    cluster = clusters(request.param)
    made = Contract(cluster.create("replay"), request.param)
    yield made
    made.connection.close()
    cluster.drop(made.url)
