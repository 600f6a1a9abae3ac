"""What `bhav check` looks at, and what the daemon insists on before it runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import psycopg

from ingestor import db, tokens
from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.prepare import unreachable
from ingestor.tree import code_files, custom_files, digest

if TYPE_CHECKING:
    from ingestor.config import Settings


SILENT = timedelta(minutes=1)
"""A daemon that runs finishes a job every second."""


def check_database(url: str, settings: Settings) -> list[str]:
    """Return what is well, a line each. Raises BhavError at the first thing that is not."""
    engine, clock = check_version(url, settings)
    with db.connect(url, "check") as connection:
        newest, failing = db.call(connection, "health")[0]
        alive_at, stopped, down = cast("tuple[datetime | None, bool, str | None]", db.call(connection, "liveness")[0])
    if failing:
        raise BhavError(f"jobs are failing: {failing}", "select * from ledger.job_runs where error is not null")
    if not stopped and alive_at and alive_at < datetime.now(UTC) - SILENT:
        raise BhavError(f"the daemon has done nothing since {alive_at:%Y-%m-%d %H:%M:%S}", "is it running? see its log")
    if down:
        raise BhavError(f"down for more than a minute: {down}", "select * from ledger.feed_status")
    return [
        f"database: {engine} engine, {clock} clock, current",
        f"newest tick: {newest or 'none yet'}",
        *check_feed(url, settings),
    ]


def check_feed(url: str, settings: Settings) -> list[str]:
    """Return how the broker's connections and access token are, a line each. Raises BhavError without a valid token."""
    if settings.broker == "simulate":
        return []
    token = tokens.current(settings, settings.broker)
    if token is None:
        raise BhavError(f"no valid access token for {settings.broker}", f"bhav login {settings.broker}")
    with db.connect(url, "check") as connection:
        ((closes,),) = cast("list[tuple[datetime | None]]", db.call(connection, "trading_ends"))
        states = cast("list[tuple[str, str, int, str | None]]", db.call(connection, "connections"))
    left = (token.expires_at - datetime.now(UTC)) // timedelta(minutes=1)
    lines = [f"access token: good for {left // 60} h {left % 60} min"]
    if closes and token.expires_at < closes:
        lines.append(f"WARNING: it ends before the day's trading does: bhav login {settings.broker}")
    for name, state, instruments, reason in states:
        lines.append(f"{name}: {state}, {instruments:,} instruments" + (f", {reason}" if reason else ""))
    return lines


def check_version(url: str, settings: Settings) -> tuple[str, str]:
    """Return the engine and the clock of a database. Raises BhavError unless it is there and of this version."""
    try:
        with db.connect(url, "check") as connection:
            if connection.execute("select to_regclass('meta.code') is null").fetchone() == (True,):
                raise BhavError("the database is empty", "bhav migrate")
            engine, clock, applied = cast("tuple[str, str, str]", db.call(connection, "version")[0])
            files = code_files(ROOT / "sql", engine)
            if applied != digest(engine, ROOT / "sql", files, custom_files(settings.bhav_sql_dir)):
                raise BhavError("the database was migrated by another version", "bhav migrate")
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    return engine, clock
