"""What runs `bhav`, and a server of a test's own, which it may stop or kill."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingestor.migrate import Migration, migrate
from ingestor.server import Server
from tests.conftest import first_port, server_home
from tests.ingestor.bhav import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Cluster


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    made = Commands()
    yield made
    made.close()


@pytest.fixture
def own_server(cluster: Cluster) -> Iterator[Server]:
    """A durable server (fsync is on) with an empty, migrated database `own` on the replay clock."""
    bindir = cluster.server.bindir
    with server_home() as home, ExitStack() as stops:
        server = Server(bindir, home / "data", first_port(54700))
        stops.callback(server.stop)
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create database own")
        migrate(server.url("own"), Migration(clock="replay"))
        yield server
