"""Other servers: every supported PostgreSQL that is here, and a user who is no superuser, as on managed services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingestor import locate
from ingestor.errors import BhavError
from ingestor.migrate import Migration, migrate
from ingestor.server import Server, has_timescale, version
from tests.conftest import first_port, server_home

if TYPE_CHECKING:
    from collections.abc import Iterator

BINDIRS = {
    f"PostgreSQL {version(bindir)}": bindir
    for bindir in [*locate.system_bindirs(), *locate.wheel_bindirs()]
    if not has_timescale(bindir)
}
PASSWORD = "only for this test"


@pytest.fixture(scope="module", params=list(BINDIRS.values()), ids=list(BINDIRS))
def managed(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A new server on which `migrator` may create roles and databases, no more."""
    with server_home() as home:
        server = Server(request.param, home / "data", first_port(54500), {"fsync": "off"})
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"create role migrator login createrole createdb password '{PASSWORD}'")
            connection.execute(f"create role nobody login password '{PASSWORD}'")
        yield server
        server.stop()


def login(server: Server, database: str, user: str) -> str:
    return make_conninfo(server.url(database, user), password=PASSWORD)


def test_a_user_without_the_rights_is_told_so(managed: Server) -> None:
    with pytest.raises(BhavError, match="permission denied") as caught:
        migrate(login(managed, "postgres", "nobody"))
    assert "who may create roles" in caught.value.hint


def test_no_superuser_is_needed(managed: Server) -> None:
    with psycopg.connect(login(managed, "postgres", "migrator"), autocommit=True) as connection:
        connection.execute("create database market")
    url = login(managed, "market", "migrator")
    passwords = {role: SecretStr(PASSWORD) for role in ("bhav_ingest", "bhav_read")}
    assert migrate(url, Migration(clock="replay", passwords=passwords)).rebuilt
    assert not migrate(url).rebuilt
    with psycopg.connect(login(managed, "market", "bhav_ingest"), autocommit=True) as ingest:
        ((symbol, instrument_id),) = ingest.execute(
            """
            select * from market.register_instruments('[
                {"symbol": "NSE:ONE", "exchange": "NSE", "segment": "NSE", "tradingsymbol": "ONE", "kind": "equity"}
            ]')
            """,
        ).fetchall()
        assert symbol == "NSE:ONE"
        ingest.execute("set role bhav_owner")
        ingest.execute("call store.ensure('2026-11-16', '2026-11-17')")
        ingest.execute("reset role")
        with ingest.cursor().copy("copy store.tick_data (instrument_id, time, ltp, volume, source) from stdin") as copy:
            copy.write_row((instrument_id, "2026-11-16 09:15:00+05:30", 100, 5, "test"))
            copy.write_row((instrument_id, "2026-11-16 09:16:00+05:30", 101, 7, "test"))
    with psycopg.connect(login(managed, "market", "bhav_read")) as reader:
        bars = reader.execute("select open, volume, is_closed from candles(market.id('NSE:ONE'), '1m')").fetchall()
    assert bars == [(100, 5, False), (101, 7, False)]


def test_another_user_who_may_migrate_may_do_so(managed: Server) -> None:
    """Roles are the cluster's: those that one user made, a superuser uses in the next database."""
    with psycopg.connect(managed.url(), autocommit=True) as connection:
        connection.execute("create database second")
    assert migrate(managed.url("second")).rebuilt
    assert migrate(managed.url("market")).rebuilt is False
