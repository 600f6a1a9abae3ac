"""A server of a test's own, which it may stop or kill."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor.migrate import Migration, migrate
from ingestor.server import Server
from tests.conftest import first_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Cluster


@pytest.fixture
def own_server(cluster: Cluster) -> Iterator[Server]:
    """A durable server (fsync is on) with an empty, migrated database `own` on the replay clock."""
    bindir = cluster.server.bindir
    home = Path(tempfile.mkdtemp(prefix="bhav-test-"))
    home.chmod(0o755)  # root's servers run as another account
    server = Server(bindir, home / "data", first_port(54700))
    try:
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create database own")
        migrate(server.url("own"), Migration(clock="replay"))
        yield server
    finally:
        server.stop()
        shutil.rmtree(home)
