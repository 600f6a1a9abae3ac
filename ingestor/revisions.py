"""Revisions: the frozen SQL that makes durable tables. Alembic runs each once; a released one never changes."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psycopg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory

from ingestor.errors import BhavError
from ingestor.tree import ENGINES

if TYPE_CHECKING:
    from sqlalchemy import Connection


def driver(connection: Connection) -> psycopg.Connection:
    """Return the psycopg connection below SQLAlchemy's."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def execute_file(connection: psycopg.Connection, path: Path) -> None:
    """Run a file of SQL statements. An error that it raises carries a note with the file's path.

    By EXECUTE, which refuses begin, commit and rollback: a file must not end the transaction that it is run in.
    """
    text = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        connection.execute("select set_config('bhav.file', convert_from(%s, 'utf8'), true)", (text,))
        connection.execute("do 'begin execute current_setting(''bhav.file''); end'")
    except psycopg.Error as error:
        error.add_note(f"in {path}")
        raise


def run_revision_sql(revision_file: str) -> None:
    """Run the SQL files beside a revision: `<name>.sql`, then `<name>.<engine>.sql`, as far as they are there."""
    connection = driver(op.get_bind())
    row = connection.execute("select current_setting('bhav.engine')").fetchone()
    assert row is not None  # noqa: S101
    for path in _files(Path(revision_file), (row[0],)):
        if path.suffix == ".sql":
            execute_file(connection, path)


def check(connection: psycopg.Connection, alembic_dir: Path) -> None:
    """Raise BhavError unless every revision that the database has is here, as it was when it was applied."""
    sums = _checksums(alembic_dir)
    for revision, sha256 in connection.execute("select revision, sha256 from meta.revisions order by revision"):
        if revision not in sums:
            raise BhavError(
                f"the database has revision {revision}, which this checkout does not know",
                "check out the version that migrated it, or a newer one",
            )
        if sums[revision] != sha256:
            raise BhavError(
                f"revision {revision} was changed after it was applied to this database",
                "a released revision never changes: restore its files and add a new revision",
            )


def pending(connection: psycopg.Connection, alembic_dir: Path) -> bool:
    """Tell whether a migrated database lacks a revision."""
    row = connection.execute("select version_num from meta.alembic_version").fetchone()
    return row is None or row[0] != ScriptDirectory.from_config(_config(alembic_dir)).get_current_head()


def upgrade(sa_connection: Connection, alembic_dir: Path) -> None:
    """Apply what is pending, in the transaction that the connection has open, and record the checksums."""
    config = _config(alembic_dir)
    config.attributes["connection"] = sa_connection
    command.upgrade(config, "head")
    with driver(sa_connection).cursor() as cursor:
        cursor.executemany(
            "insert into meta.revisions (revision, sha256) values (%s, %s) on conflict do nothing",
            list(_checksums(alembic_dir).items()),
        )


def _config(alembic_dir: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(alembic_dir).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _checksums(alembic_dir: Path) -> dict[str, str]:
    sums = {}
    for path in sorted((alembic_dir / "versions").glob("[0-9]*.py")):
        content = hashlib.sha256()
        for part in _files(path, ENGINES):
            content.update(part.name.encode() + b"\0" + part.read_bytes() + b"\0")
        sums[path.name.split("_", 1)[0]] = content.hexdigest()
    return sums


def _files(revision_file: Path, engines: tuple[str, ...]) -> list[Path]:
    suffixes = [".py", ".sql", *(f".{engine}.sql" for engine in engines)]
    return [path for suffix in suffixes if (path := revision_file.with_suffix(suffix)).exists()]
