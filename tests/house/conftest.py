"""Empty databases, for tests that migrate them themselves, and copies of the tree that they may change."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ingestor.config import ROOT
from ingestor.migrate import Migration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Cluster


class Databases:
    """Creates databases on a server and drops them in the end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.server = cluster.server
        self.names: list[str] = []

    def __call__(self, owner: str = "postgres") -> str:
        """Create an empty database; return its URL."""
        self.names.append(f"house_{uuid4().hex[:12]}")
        self.execute(f"create database {self.names[-1]} owner {owner}")
        return self.server.url(self.names[-1])

    def migrated(self, clock: str = "wall") -> str:
        """Create what migrate() makes of an empty database; return its URL."""
        url = self.cluster.create(clock)
        self.names.append(str(conninfo_to_dict(url)["dbname"]))
        return url

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement)

    def drop(self) -> None:
        for name in self.names:
            self.execute(f"drop database {name} with (force)")


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[Databases]:
    created = Databases(cluster)
    yield created
    created.drop()


@pytest.fixture
def tree(tmp_path: Path) -> Migration:
    """A copy of sql/ and alembic/ to be changed by the test."""
    for folder in ("sql", "alembic"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Migration(sql_dir=tmp_path / "sql", alembic_dir=tmp_path / "alembic")
