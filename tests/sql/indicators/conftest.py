"""One database for the tests of this folder that need no candles: evaluate() is pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.sql.indicators.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Cluster


@pytest.fixture(scope="session")
def indicators(clusters: Callable[[str], Cluster]) -> Iterator[Evaluator]:
    cluster = clusters("postgres")
    url = cluster.create("replay")
    with psycopg.connect(url, autocommit=True) as connection:
        yield Evaluator(connection)
    cluster.drop(url)
