"""Migrations: once is enough, a failure changes nothing, and what cannot be migrated is refused with a reason."""

from __future__ import annotations

import multiprocessing
import re
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingestor import migrate as module
from ingestor.errors import BhavError
from ingestor.migrate import Migration, migrate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house.conftest import Databases

BUILT_AT = "select applied_at from meta.code"
VIEW_OID = "select 'candles.candles_5m'::regclass::oid"


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_engine_is_the_servers(databases: Databases, engine: str) -> None:
    url = databases()
    assert migrate(url).engine == engine
    assert one(url, "select value from meta.settings where name = 'engine'") == engine


def test_a_second_migration_rebuilds_nothing(databases: Databases) -> None:
    url = databases()
    first = migrate(url)
    built, oid = one(url, BUILT_AT), one(url, VIEW_OID)
    second = migrate(url)
    assert first.rebuilt
    assert not second.rebuilt
    assert first.digest == second.digest
    assert (one(url, BUILT_AT), one(url, VIEW_OID)) == (built, oid)


def test_grants_and_settings_are_made_again_without_a_rebuild(databases: Databases) -> None:
    url = databases.migrated()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("revoke select on candles.candles_5m from bhav_read")
        connection.execute(f"alter database {connection.info.dbname} reset search_path")
    assert not migrate(url).rebuilt
    assert one(url, "select has_table_privilege('bhav_read', 'candles.candles_5m', 'select')")
    assert one(url, "select count(*) from candles_5m") == 0


def test_changed_code_is_built_and_announced(databases: Databases, tree: Migration) -> None:
    url = databases.migrated()
    (tree.sql_dir / "30_candles" / "extra.sql").write_text("comment on schema candles is 'rebuilt';\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("listen code_changed")
        assert not list(connection.notifies(timeout=0))
        result = migrate(url, tree)
        heard = [notify.payload for notify in connection.notifies(timeout=5, stop_after=1)]
    assert result.rebuilt
    assert heard == [result.digest]
    assert one(url, "select obj_description('candles'::regnamespace)") == "rebuilt"


def test_a_broken_file_leaves_the_old_code_working(databases: Databases, tree: Migration) -> None:
    url = databases.migrated()
    before = one(url, BUILT_AT), one(url, VIEW_OID)
    path = tree.sql_dir / "30_candles" / "forming.sql"
    path.write_text(path.read_text() + "garbage;\n")
    with pytest.raises(BhavError, match=r'syntax error at or near "garbage"') as caught:
        migrate(url, tree)
    assert str(path) in caught.value.message
    assert (one(url, BUILT_AT), one(url, VIEW_OID)) == before
    assert one(url, "select count(*) from candles.candles(1, '5m')") == 0


def test_needs_that_do_not_resolve_name_the_folder(databases: Databases, tree: Migration) -> None:
    (tree.sql_dir / "30_candles" / "extra.sql").write_text("-- needs: nothing_of_that_name\nselect 1;\n")
    with pytest.raises(BhavError, match=r"30_candles.*nothing_of_that_name"):
        migrate(databases(), tree)


def test_a_changed_released_revision_is_refused(databases: Databases, tree: Migration) -> None:
    url = databases.migrated()
    path = tree.alembic_dir / "versions" / "0001_spine.sql"
    path.write_text(path.read_text() + "-- a comment is a change\n")
    with pytest.raises(BhavError, match="revision 0001 was changed after it was applied"):
        migrate(url, tree)


def newest_revision(tree: Migration) -> Path:
    return max((tree.alembic_dir / "versions").glob("*.py"))


def test_a_revision_unknown_here_is_refused(databases: Databases, tree: Migration) -> None:
    url = databases()
    newest = newest_revision(tree)
    (newest.parent / "9999_later.py").write_text(
        f"revision = '9999'\ndown_revision = '{newest.name[:4]}'\n\n\ndef upgrade():\n    pass\n",
    )
    assert migrate(url, tree).rebuilt
    with pytest.raises(BhavError, match="the database has revision 9999, which this checkout does not know"):
        migrate(url)


def test_a_new_revision_is_applied_though_no_code_changed(databases: Databases, tree: Migration) -> None:
    url = databases.migrated()
    newest = newest_revision(tree)
    (newest.parent / "9999_later.py").write_text(
        re.sub(
            r'^revision = "(.*)"\ndown_revision = .*$',
            r'revision = "9999"\ndown_revision = "\1"',
            newest.read_text(),
            flags=re.MULTILINE,
        )
    )
    (newest.parent / "9999_later.sql").write_text("create table ledger.later (id integer);\n")
    assert migrate(url, tree).rebuilt
    assert one(url, "select count(*) from ledger.later") == 0
    assert one(url, "select has_table_privilege('bhav_read', 'ledger.later', 'select')")


def test_a_reader_is_waited_for(databases: Databases, tree: Migration) -> None:
    url = databases.migrated()
    (tree.sql_dir / "30_candles" / "extra.sql").write_text("select 1;\n")
    with psycopg.connect(url) as reader:
        reader.execute("select * from candles.candles_5m")
        ended = threading.Timer(2.5, reader.rollback)
        started = time.monotonic()
        ended.start()
        assert migrate(url, tree).rebuilt
        assert time.monotonic() - started > 2.4
        ended.join()


def test_a_reader_that_stays_is_named_as_the_reason(
    databases: Databases, tree: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 2.0)
    url = databases.migrated()
    (tree.sql_dir / "30_candles" / "extra.sql").write_text("select 1;\n")
    with psycopg.connect(url) as reader:
        reader.execute("select * from candles.candles_5m")
        with pytest.raises(BhavError, match="the database was in use for 2 s"):
            migrate(url, tree)
        assert reader.execute("select count(*) from candles.candles_5m").fetchone() == (0,)
    assert migrate(url, tree).rebuilt


@pytest.mark.parametrize("several", [1, 2], ids=["one database", "two databases"])
def test_migrations_at_once(databases: Databases, several: int) -> None:
    urls = [databases() for _ in range(several)]
    # processes: Alembic keeps the migration that runs in globals of its module
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(migrate, urls * (4 // several)))
    assert sum(result.rebuilt for result in results) == several
    assert len({result.digest for result in results}) == 1


def test_passwords_are_stored_as_verifiers(databases: Databases) -> None:
    url = databases()
    password = "correct horse \\ 'battery' %s"
    migrate(url, Migration(passwords={"bhav_read": SecretStr(password)}))
    verifier = one(url, "select rolpassword from pg_authid where rolname = 'bhav_read'")
    assert str(verifier).startswith("SCRAM-SHA-256$")
    login = make_conninfo(url, user="bhav_read", password=password)
    assert one(login, "select current_user") == "bhav_read"


def test_an_unreachable_database_is_said_so() -> None:
    with pytest.raises(BhavError, match="cannot reach the database") as caught:
        migrate("postgresql://postgres@127.0.0.1:1/postgres")
    assert "DATABASE_URL" in caught.value.hint
