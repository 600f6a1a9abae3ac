"""What `bhav check` looks at, and what the daemon insists on before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import psycopg

from ingestor import db
from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.prepare import unreachable
from ingestor.tree import code_files, custom_files, digest

if TYPE_CHECKING:
    from ingestor.config import Settings


def check_database(url: str, settings: Settings) -> list[str]:
    """Return what is well, a line each. Raises BhavError at the first thing that is not."""
    try:
        with db.connect(url, "check") as connection:
            if connection.execute("select to_regclass('meta.code') is null").fetchone() == (True,):
                raise BhavError("the database is empty", "bhav migrate")
            engine, clock, applied = cast("tuple[str, str, str]", db.call(connection, "version")[0])
            files = code_files(ROOT / "sql", engine)
            if applied != digest(engine, ROOT / "sql", files, custom_files(settings.bhav_sql_dir)):
                raise BhavError("the database was migrated by another version", "bhav migrate")
            newest, failing = db.call(connection, "health")[0]
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    lines = [f"database: {engine} engine, {clock} clock, current", f"newest tick: {newest or 'none yet'}"]
    if failing:
        raise BhavError(f"jobs are failing: {failing}", "select * from ledger.job_runs where error is not null")
    return lines
