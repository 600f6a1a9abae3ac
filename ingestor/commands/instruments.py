"""`bhav instruments`: what the brokers list."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ingestor import db, instruments
from ingestor.checks import check_version
from ingestor.commands.broker import BrokerArgument, chosen
from ingestor.commands.database import DatabaseOption
from ingestor.commands.progress import progress_bar
from ingestor.config import Settings
from ingestor.prepare import database_url, require_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingestor.brokers.listing import Listings
    from ingestor.instruments import Synced

app = typer.Typer(no_args_is_help=True, help="The instruments that a broker lists.")
console = Console(highlight=False, soft_wrap=True)


@app.callback()
def group() -> None:
    """Keep `sync` a command of a group while it is the only one."""


@app.command()
def sync(
    broker: BrokerArgument = None,
    force: Annotated[bool, typer.Option("--force", help="Take the list even if it looks cut short.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Take the broker's list of instruments into the database. Nothing is deleted."""
    settings = Settings()
    name = chosen(settings, broker)
    url = database_url(settings, database)
    check_version(url, settings)
    require_clock(url, "wall")
    with progress_bar() as progress:
        task = progress.add_task(f"list of {name}", total=None, note="downloading")
        listings: Listings = importlib.import_module(f"ingestor.brokers.{name}").listings(settings)
        total = len(listings.rows)
        progress.update(task, total=total, note="")

        def report(sent: int) -> None:
            progress.update(task, completed=sent, note="" if sent < total else "comparing")

        with db.connect(url, "instruments") as connection:
            synced = instruments.sync(connection, name, listings.rows, force=force, report=report)
        progress.update(task, note="")
    for line in summary(synced, listings.rejected):
        console.print(line)


def summary(synced: Synced, rejected: Mapping[str, int]) -> list[str]:
    """Say in a few lines what a sync did."""
    left_out = {
        **rejected,
        "no instrument can be so": synced.invalid,
        "listed twice": synced.duplicates,
        "symbol of another contract": synced.clashes,
    }
    lines = [
        f"{synced.listed:,} listed: {synced.inserted:,} new, {synced.updated:,} changed",
        f"{synced.deactivated:,} that no broker lists any more",
        f"keys: {synced.keys_begun:,} begun, {synced.keys_moved:,} moved, {synced.keys_gone:,} gone",
    ]
    lines += [f"left out, {reason}: {count:,}" for reason, count in left_out.items() if count]
    if synced.orphans:
        lines.append(f"contracts on an unknown underlying: {synced.orphans:,}")
    return lines
