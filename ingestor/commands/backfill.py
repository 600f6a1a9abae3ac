"""`bhav backfill`: candles of the past from a broker."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import psycopg
import typer
from rich.console import Console

from ingestor import db, log, tokens
from ingestor.backfill import Worker
from ingestor.brokers import fyers, kite
from ingestor.brokers.sdk import required
from ingestor.checks import check_version
from ingestor.commands.broker import chosen
from ingestor.commands.database import DatabaseOption
from ingestor.commands.progress import progress_bar
from ingestor.config import Settings
from ingestor.errors import BhavError
from ingestor.prepare import database_url, require_clock, unreachable
from ingestor.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORKERS = 2
"""One asks while the other stores."""
POLL_SECONDS = 0.25
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended."""
UNDELIVERED_SECONDS = 60.0
"""Age of a journal segment that no daemon is storing."""
APPS = {"kite": ("kite_api_key", kite.PAGE), "fyers": ("fyers_app_id", fyers.PAGE)}
TIME_HELP = "2026-11-20, 2026-11-20T10:15 (IST), now-30d."

console = Console(highlight=False, soft_wrap=True)


class Range(NamedTuple):
    """What is asked for, of each instrument: the parameters of gaps.request_backfill()."""

    since: datetime
    until: datetime | None
    timeframe: str
    again: bool


class Asked(NamedTuple):
    """What became of it."""

    ids: list[int]
    """Of the requests that are queued."""
    nothing: list[tuple[str, str]]
    """Pieces for which there is none: the reason, and the symbol."""
    refused: list[tuple[str, str]]


def backfill(  # noqa: PLR0917 - the options of a command
    since: Annotated[str, typer.Option(help=TIME_HELP)],
    until: Annotated[str | None, typer.Option(help="Exclusive.", show_default="now")] = None,
    instrument: Annotated[list[str] | None, typer.Option(help="NSE:INFY; again for more.")] = None,
    watchlist: Annotated[bool, typer.Option("--watchlist", help="All that is followed.")] = False,
    timeframe: Annotated[str, typer.Option(help="Of the candles: 1m, 5m, 75m, 1d, …")] = "1m",
    again: Annotated[bool, typer.Option("--again", help="Also what is there already.")] = False,
    broker: Annotated[tokens.Broker | None, typer.Option(help="kite or fyers.", show_default="BROKER")] = None,
    database: DatabaseOption = None,
) -> None:
    """Ask the broker for the candles that are missing, as far back as they are kept; exit 1 if some cannot be had."""
    if not instrument and not watchlist:
        raise BhavError("backfill wants --instrument or --watchlist", "bhav backfill --watchlist --since now-30d")
    settings = Settings()
    log.configure("ERROR")
    name = chosen(settings, broker)
    now = datetime.now(UTC)
    wanted = Range(moment(since, now), moment(until, now) if until else None, timeframe, again)
    url = database_url(settings, database)
    check_version(url, settings)
    require_clock(url, "wall")
    required(settings, *APPS[name])
    require_token(settings, name)
    with opened(url) as connection:
        require_delivered(settings.bhav_home / "journal" / str(db.call(connection, "database_id")[0][0]))
        asked = request(connection, name, wanted, found(connection, name, instrument or (), watchlist=watchlist))
        tell("nothing asked", asked.nothing)
        tell("refused", asked.refused)
        if not asked.ids:
            raise typer.Exit(code=int(bool(asked.refused)))
        if not work_off(connection, url, settings, name, asked.ids):
            console.print("what is left stays in the queue: the daemon (bhav run) goes on with it")
            raise typer.Exit(code=INTERRUPTED)
        raise typer.Exit(code=int(summarize(connection, asked.ids)))


@contextmanager
def opened(url: str) -> Iterator[psycopg.Connection]:
    """Open the database; what it has against a parameter is the user's to put right."""
    try:
        with db.connect(url, "backfill") as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    except psycopg.DatabaseError as error:
        if not (error.sqlstate or "").startswith("BH"):
            raise
        raise BhavError(str(error.diag.message_primary), error.diag.message_hint or "") from error


def require_token(settings: Settings, broker: tokens.Broker) -> None:
    if tokens.current(settings, broker) is None:
        raise BhavError(f"no valid access token for {broker}", f"bhav login {broker}")


def require_delivered(folder: Path) -> None:
    """Raise BhavError while ticks wait in the journal: the broker's candles would take the place of their minutes."""
    left = 0
    for segment in folder.glob("*.segment"):
        with suppress(FileNotFoundError):  # stored meanwhile
            left += time.time() - segment.stat().st_mtime > UNDELIVERED_SECONDS
    if left:
        raise BhavError(
            f"ticks wait in the journal, {left:,} segments in {folder}: candles would take their place",
            "start the daemon (bhav run) and let it store them first",
        )


def found(
    connection: psycopg.Connection, broker: tokens.Broker, symbols: Iterable[str], *, watchlist: bool
) -> list[tuple[str, int, bool]]:
    """Return the symbol and the id of each instrument, and whether the broker lists it."""
    rows = [db.call(connection, "named_instrument", {"symbol": symbol, "broker": broker}) for symbol in symbols]
    if watchlist:
        rows.append(db.call(connection, "followed_instruments", {"broker": broker}))
    instruments = {row for several in rows for row in cast("list[tuple[str, int, bool]]", several)}
    if not instruments:
        raise BhavError(f"nothing on the watchlist is listed by {broker}", "bhav watch list shows what is on it")
    return sorted(instruments)


def request(
    connection: psycopg.Connection, broker: tokens.Broker, wanted: Range, instruments: list[tuple[str, int, bool]]
) -> Asked:
    """Queue a range of instruments."""
    asked = Asked([], [], [])
    ids: set[int] = set()
    with progress_bar() as progress:
        task = progress.add_task("queueing", total=len(instruments), note="")
        for symbol, instrument_id, is_listed in instruments:
            if is_listed:
                pieces = db.call(connection, "request_backfill", {"instrument_id": instrument_id, **wanted._asdict()})
            else:
                pieces = [(None, "refused", f"{broker} does not list the instrument")]
            for request_id, status, note in cast("list[tuple[int | None, str, str]]", pieces):
                if request_id is not None:
                    ids.add(request_id)
                else:
                    (asked.refused if status == "refused" else asked.nothing).append((note, symbol))
            progress.advance(task)
    asked.ids.extend(ids)
    return asked


def tell(what: str, cases: Iterable[tuple[str, str]]) -> None:
    """Print each reason once, with how often it was and an example."""
    symbols: dict[str, list[str]] = {}
    for reason, symbol in cases:
        symbols.setdefault(reason, []).append(symbol)
    for reason, those in symbols.items():
        others = f" and {len(those) - 1:,} more" if len(those) > 1 else ""
        console.print(f"{what}, {reason}: {those[0]}{others}", markup=False)


def work_off(
    connection: psycopg.Connection, url: str, settings: Settings, broker: tokens.Broker, ids: list[int]
) -> bool:
    """Work until these requests have ended; return False when the user interrupts."""
    stop = threading.Event()
    workers = [threading.Thread(target=Worker(url, settings, broker, stop).run, daemon=True) for _ in range(WORKERS)]
    try:
        with progress_bar() as progress:
            task = progress.add_task(f"history of {broker}", total=len(ids), note="")
            for worker in workers:
                worker.start()
            while not progress.finished:
                done, left, error = cast(
                    "tuple[int, timedelta, str | None]",
                    db.call(connection, "backfill_progress", {"broker": broker, "ids": ids})[0],
                )
                if tokens.current(settings, broker) is None:
                    error = f"no valid access token: bhav login {broker}"
                least = timedelta(seconds=round(left.total_seconds()))
                progress.update(task, completed=done, note=f"at least {least}  {error or ''}")
                stop.wait(POLL_SECONDS)
    except KeyboardInterrupt:
        return False
    finally:
        stop.set()
    for worker in workers:
        worker.join()
    return True


def summarize(connection: psycopg.Connection, ids: list[int]) -> bool:
    """Print what came of requests; return whether some failed."""
    rows = cast(
        "list[tuple[str, str, int, dict[str, int], str | None]]", db.call(connection, "backfill_results", {"ids": ids})
    )
    rejected: Counter[str] = Counter()
    for *_, reasons, _ in rows:
        rejected.update(reasons)
    console.print(f"{sum(candles for _, _, candles, _, _ in rows):,} candles stored")
    for reason, count in rejected.most_common():
        console.print(f"left out, {reason}: {count:,}", markup=False)
    failures = [(error or "", symbol) for symbol, status, _, _, error in rows if status == "failed"]
    tell("failed", failures)
    return bool(failures)
