"""`bhav calendar`: the trading sessions to come."""

from __future__ import annotations

import psycopg
import typer

from ingestor import db, holidays
from ingestor.commands.database import DatabaseOption
from ingestor.config import Settings
from ingestor.prepare import database_url, unreachable

app = typer.Typer(no_args_is_help=True, help="The trading calendar.")


@app.callback()
def group() -> None:
    """Keep `sync` a command of a group while it is the only one."""


@app.command()
def sync(database: DatabaseOption = None) -> None:
    """Bring holidays, special sessions and the sessions of this year and the next up to date; say what is doubtful."""
    try:
        with db.connect(database_url(Settings(), database), "calendar") as connection:
            report = holidays.sync(connection)
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    for line in report.done:
        typer.echo(line)
    for line in report.doubts:
        typer.echo(f"WARNING: {line}", err=True)
