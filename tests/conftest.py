"""Two real servers, one template database per engine and clock, and a fresh clone for every test that asks for one."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ingestor import locate
from ingestor.migrate import Migration, migrate
from ingestor.server import Server, has_timescale
from tests import docker_server
from tests.docker_server import DockerServer
from tests.seal import NO_SERVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = ["tests.seal"]

ENGINES = ("postgres", "timescale")
SHARED = Path(__file__).resolve().parents[2] / "shared"
SETTINGS = (Path(__file__).resolve().parents[1] / "sql" / "90_access" / "settings.sql").read_bytes()
"""Of a database and of roles in it: they are not copied with a template."""
MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes: twice what the servers of three test processes were seen to take."""


def timescale_bin() -> Path | None:
    """A folder of PostgreSQL binaries with the TSL edition of TimescaleDB."""
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    asked = os.environ.get("BHAV_TEST_PG_BIN")
    candidates = [Path(asked)] if asked else [home / "bhav" / "postgres-timescale" / "bin", *locate.system_bindirs()]
    return next((path for path in candidates if has_timescale(path)), None)


def timescale_server(data: Path) -> Server | DockerServer:
    """A server with TimescaleDB, not started; where there is none, the test is skipped."""
    if bindir := timescale_bin():
        return local_server(bindir, data)
    if not os.environ.get("BHAV_TEST_PG_BIN") and docker_server.has_image():
        return DockerServer()
    pytest.skip(NO_SERVER)


def postgres_bin() -> Path:
    return next(path for path in [*locate.system_bindirs(), *locate.wheel_bindirs()] if not has_timescale(path))


def first_port(wanted: int) -> int:
    """Where to look for a free port: test processes that run side by side must not race for one."""
    return wanted + 20 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def local_server(bindir: Path, data: Path) -> Server:
    return Server(bindir, data, first_port(54400), {"fsync": "off", "full_page_writes": "off"})


def has_room(folder: Path) -> bool:
    """Tell whether servers can live there: enough is free, and programs may run."""
    if not folder.is_dir():
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC


@contextmanager
def server_home() -> Iterator[Path]:
    """Make a folder for servers, in memory if that has room: to copy a database takes a tenth of the time there."""
    with tempfile.TemporaryDirectory(prefix="bhav-test-", dir=MEMORY if has_room(MEMORY) else None) as folder:
        Path(folder).chmod(0o755)  # root's servers run as another account
        yield Path(folder)


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("real market data (../shared) is not beside the checkout")
    return SHARED


class Cluster:
    """A server of one engine, with its templates."""

    def __init__(self, server: Server | DockerServer) -> None:
        self.server = server
        self.templates: dict[str, str] = {}

    def create(self, clock: str) -> str:
        """Create a migrated database and return its URL."""
        if clock not in self.templates:
            name = f"template_{clock}"
            self._execute("create database {}", name)
            migrate(self.server.url(name), Migration(clock=clock))
            self._execute("alter database {} allow_connections false", name)
            # a template must have no connection: TimescaleDB's scheduler has one
            self._execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = {}",
                name,
                literal=True,
            )
            self.templates[clock] = name
        name = f"test_{uuid4().hex[:12]}"
        self._execute("create database {} template {} strategy file_copy", name, self.templates[clock])
        url = self.server.url(name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SETTINGS)
        return url

    def drop(self, url: str) -> None:
        self._execute("drop database {} with (force)", str(conninfo_to_dict(url)["dbname"]))

    def _execute(self, statement: LiteralString, *names: str, literal: bool = False) -> None:
        quoted = [sql.Literal(name) if literal else sql.Identifier(name) for name in names]
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*quoted))


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[str], Cluster]]:
    """Start the server of an engine when it is first asked for."""
    started: dict[str, Cluster] = {}

    def cluster(engine: str) -> Cluster:
        if engine not in started:
            data = home / engine / "data"
            server = timescale_server(data) if engine == "timescale" else local_server(postgres_bin(), data)
            stops.callback(server.stop)
            server.start()
            started[engine] = Cluster(server)
        return started[engine]

    with server_home() as home, ExitStack() as stops:
        yield cluster


@pytest.fixture(params=[pytest.param("postgres"), pytest.param("timescale", marks=pytest.mark.timescale)])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cluster(engine: str, clusters: Callable[[str], Cluster]) -> Cluster:
    return clusters(engine)


@pytest.fixture
def create_database(cluster: Cluster) -> Iterator[Callable[[str], str]]:
    """Create as many databases as a test asks for, by clock ('wall' or 'replay'); their URLs."""
    urls: list[str] = []

    def create(clock: str = "wall") -> str:
        urls.append(cluster.create(clock))
        return urls[-1]

    yield create
    for url in urls:
        cluster.drop(url)


@pytest.fixture
def url(create_database: Callable[[str], str]) -> str:
    return create_database("replay")


@pytest.fixture
def db(url: str) -> Iterator[psycopg.Connection]:
    """Return a superuser's connection (autocommit) to a fresh database with the market's clock in its ticks."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
