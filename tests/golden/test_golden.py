"""The schema of each engine as a file, so that a review sees what a change does to the database.

`make golden` rewrites the files. Not in them: owners, comments of pg_dump, numbers that TimescaleDB counts up.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingestor.server import version
from tests import catalogue

if TYPE_CHECKING:
    from tests.conftest import Cluster

MAJOR = 18


def test_the_golden_dump_is_current(request: pytest.FixtureRequest, cluster: Cluster, engine: str) -> None:
    bindir = cluster.server.bindir
    if version(bindir) != MAJOR:
        pytest.skip(f"the golden dumps are of PostgreSQL {MAJOR}")
    url = cluster.create("wall")
    try:
        text = catalogue.dump(url, bindir)
    finally:
        cluster.drop(url)
    golden = Path(__file__).with_name(f"{engine}.sql")
    if request.config.getoption("--write-golden"):
        golden.write_text(text)
    assert text == golden.read_text(), "run `make golden` and read what changed"
