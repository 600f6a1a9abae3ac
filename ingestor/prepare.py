"""Makes a database ready for a command: server up, database there, migrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from ingestor import db, locate
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ingestor.config import Settings
    from ingestor.migrate import Migration, Result

NAME = "bhav"
"""The database, where neither the user nor DATABASE_URL names another."""


def database_url(settings: Settings, name: str | None) -> str:
    """Return the URL of a database by name, starting our own server if that is where it lives."""
    database = locate.up(settings)
    if name is None and database.origin == "DATABASE_URL" and "dbname" in conninfo_to_dict(database.url):
        return database.url
    return locate.with_database(database.url, name or NAME)


def prepare(settings: Settings, name: str | None, clock: str) -> tuple[str, Result]:
    """Create the database if it is not there, migrate it, and return its URL.

    Raises BhavError when it is there with another market clock.
    """
    from ingestor.migrate import migrate  # noqa: PLC0415 - Alembic takes longer to import than all that commands share

    url = database_url(settings, name)
    create(url)
    result = migrate(url, migration(settings, clock))
    require_clock(url, clock)
    return url, result


def broker_clock(settings: Settings) -> str:
    """Return the market clock of the broker's database: a simulated market has a time of its own."""
    return "replay" if settings.broker == "simulate" else "wall"


def require_clock(url: str, clock: str) -> None:
    """Raise BhavError when a migrated database has another market clock."""
    with db.connect(url, "prepare") as connection:
        (found,) = db.call(connection, "clock")[0]
    if found != clock:
        raise BhavError(
            f"database {conninfo_to_dict(url)['dbname']} runs on the {found} clock, this needs the {clock} clock",
            "simulated, replayed and real markets each want a database of their own: --database NAME",
        )


def create(url: str) -> None:
    """Create the database that a URL names, unless it is there."""
    try:
        psycopg.connect(url).close()
    except errors.OperationalError as error:
        name = str(conninfo_to_dict(url)["dbname"])
        if f'database "{name}" does not exist' not in str(error):
            raise unreachable(error) from error
        with psycopg.connect(locate.with_database(url, "postgres"), autocommit=True) as connection:
            try:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            except errors.InsufficientPrivilege as refused:
                raise BhavError(
                    f"{connection.info.user} may not create the database {name}", "create it as a user who may"
                ) from refused


def unreachable(error: psycopg.OperationalError) -> BhavError:
    return BhavError(f"cannot reach the database: {str(error).strip()}", "bhav up starts one; or check DATABASE_URL")


def drop(url: str) -> None:
    """Drop the database that a URL names, if it is there."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    try:
        with psycopg.connect(locate.with_database(url, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
    except errors.OperationalError as error:
        raise unreachable(error) from error


def migration(settings: Settings, clock: str) -> Migration:
    """Return what this checkout and these settings ask of a database."""
    from ingestor.migrate import Migration  # noqa: PLC0415 - likewise

    passwords: dict[str, SecretStr | None] = {
        "bhav_ingest": settings.bhav_ingest_password,
        "bhav_user": settings.bhav_user_password,
        "bhav_read": settings.bhav_read_password,
    }
    given = {role: password for role, password in passwords.items() if password}
    return Migration(custom_sql_dir=settings.bhav_sql_dir, clock=clock, passwords=given)
