"""`bhav watch`: what is followed of a broker."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, cast

import psycopg
import typer
from rich.console import Console

from ingestor import db
from ingestor.checks import check_version
from ingestor.commands.broker import BrokerArgument, chosen
from ingestor.commands.database import DatabaseOption
from ingestor.config import Settings
from ingestor.errors import BhavError
from ingestor.feeds.fyers import Fyers
from ingestor.feeds.kite import Kite
from ingestor.prepare import database_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestor.tokens import Broker

LIMITS: dict[Broker, int] = {"kite": Kite.capacity, "fyers": Fyers.capacity}
"""Instruments that a broker lets one user follow."""
UNKNOWN_SYMBOL = "BH002"
MOST_STRIKES, MOST_EXPIRIES = 500, 50

app = typer.Typer(no_args_is_help=True, help="The instruments that are followed.")
console = Console(highlight=False, soft_wrap=True)

Symbols = Annotated[list[str], typer.Argument(help="NSE:INFY, 'NSE:NIFTY 50', NFO:NIFTY26NOVFUT.")]
Chain = Annotated[bool, typer.Option("--chain", help="The options on it, with the instrument itself.")]


@contextmanager
def watchlist(settings: Settings, database: str | None) -> Iterator[psycopg.Connection]:
    """Open the database in one transaction; a symbol that it does not know is the user's to put right."""
    url = database_url(settings, database)
    check_version(url, settings)
    try:
        with db.connect(url, "watch") as connection, connection.transaction():
            yield connection
    except psycopg.DatabaseError as error:
        if error.sqlstate != UNKNOWN_SYMBOL:
            raise
        hint = f"{error.diag.message_hint}; new ones come with bhav instruments sync"
        raise BhavError(str(error.diag.message_primary), hint) from error


@app.command()
def add(
    symbols: Symbols,
    chain: Chain = False,
    strikes: Annotated[int, typer.Option(min=1, max=MOST_STRIKES, help="Of a chain, on each side of the money.")] = 10,
    expiries: Annotated[int, typer.Option(min=1, max=MOST_EXPIRIES, help="Of a chain, the next ones.")] = 2,
    database: DatabaseOption = None,
) -> None:
    """Follow instruments, or with --chain the options near the money; a chain that is there takes the new size."""
    size = {"what": "chain", "strikes": strikes, "expiries": expiries}
    alone = {"what": "instrument", "strikes": None, "expiries": None}
    with watchlist(Settings(), database) as connection:
        for symbol in symbols:
            db.call(connection, "watch", {"symbol": symbol, **(size if chain else alone)})


@app.command()
def remove(symbols: Symbols, chain: Chain = False, database: DatabaseOption = None) -> None:
    """Take entries off the list."""
    with watchlist(Settings(), database) as connection:
        for symbol in symbols:
            if not db.call(connection, "unwatch", {"symbol": symbol, "what": "chain" if chain else "instrument"}):
                entry = f"the chain of {symbol}" if chain else symbol
                raise BhavError(f"{entry} is not on the watchlist", "bhav watch list shows what is")


@app.command("list")
def show(broker: BrokerArgument = None, database: DatabaseOption = None) -> None:
    """Show each entry, what it comes to today, and the total beside what the broker allows."""
    settings = Settings()
    name = chosen(settings, broker)
    with watchlist(settings, database) as connection:
        entries = cast(
            "list[tuple[str, str, int | None, int | None, bool, int]]",
            db.call(connection, "watchlist", {"broker": name}),
        )
        ((total,),) = cast("list[tuple[int]]", db.call(connection, "subscription_size", {"broker": name}))
    width = max((len(symbol) for symbol, *_ in entries), default=0)
    for symbol, what, strikes, expiries, has_key, count in entries:
        size = f"chain, ±{strikes} strikes, {expiries} expiries" if what == "chain" else "instrument"
        note = "" if has_key else f"  not listed by {name}"
        console.print(f"{symbol:{width}}  {size:35} {count:>6,}{note}", markup=False)
    console.print(f"total: {total:,} of the {LIMITS[name]:,} that {name} allows")
    if total > LIMITS[name]:
        console.print(f"the last {total - LIMITS[name]:,} are not followed: those farthest from the money first")
