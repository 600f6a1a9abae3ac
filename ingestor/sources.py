"""Makes the feed that a command asked for, with what it needs from the database."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from typing import TYPE_CHECKING, cast

import psycopg
from psycopg.types.json import Jsonb

from ingestor import db, tokens
from ingestor.brokers import fyers, kite
from ingestor.brokers.sdk import load, required
from ingestor.errors import BhavError
from ingestor.feeds.columns import Columns
from ingestor.feeds.fyers import Fyers
from ingestor.feeds.kite import Kite
from ingestor.feeds.simulate import Simulate
from ingestor.feeds.symbols import CONTRACT, INDICES
from ingestor.feeds.universe import universe
from ingestor.model import Instrument
from ingestor.times import IST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, time
    from pathlib import Path

    from ingestor.config import Settings
    from ingestor.feeds.connection import Faults
    from ingestor.feeds.replay import Replay
    from ingestor.model import LiveFeed

SESSIONS_AHEAD = 250
"""Trading days that a simulation goes on for when nobody stops it."""


def register(connection: psycopg.Connection, instruments: Iterable[Instrument]) -> dict[str, int]:
    """Insert or update instruments; return their ids by symbol."""
    definitions = [dataclasses.asdict(instrument) for instrument in instruments]
    for definition in definitions:
        definition["expiry"] = definition["expiry"] and definition["expiry"].isoformat()
    rows = db.call(connection, "register_instruments", {"definitions": Jsonb(definitions)})
    return dict(cast("list[tuple[str, int]]", rows))


def simulate(
    connection: psycopg.Connection,
    *,
    session_date: date | None = None,
    days: int = SESSIONS_AHEAD,
    instruments: int | None = None,
    speed: float = 1.0,
    start: time | None = None,
    resume: bool = False,
    fast_until: int | None = None,
    sparse_until: int | None = None,
    listed_on: date | None = None,
    seed: int = 1,
    ticks_per_second: float = 1.0,
    faults: Faults | None = None,
) -> Simulate:
    """Make a simulated market from a session date on (default: the newest that has begun), for some trading days.

    `start`: begin at this time of the first day (IST); what traded before it is in the counters.
    `listed_on`: the contracts are those of this date (default: of the first day).
    `resume`: not before the first open and, where there are ticks already, on from the newest.
    """
    rows = db.call(connection, "equity_sessions", {"since": session_date, "days": days})
    sessions = cast("list[tuple[int, int, date]]", rows)
    if not sessions:
        raise BhavError(f"no trading session from {session_date} on", "see market.sessions")
    holidays = cast("list[tuple[date]]", db.call(connection, "holidays"))
    opens, _, day = sessions[0]
    start_at = int(datetime.combine(day, start, IST).timestamp()) * 1_000_000 if start else None
    if resume:
        newest = cast("int | None", db.call(connection, "newest_tick")[0][0])
        start_at = start_at or opens if newest is None else newest + 1
    listed = universe(listed_on or day, instruments, {day for (day,) in holidays})
    return Simulate(
        listed,
        register(connection, listed),
        [(opens, closes) for opens, closes, _ in sessions],
        seed=seed,
        ticks_per_second=ticks_per_second,
        speed=speed,
        fast_until=fast_until,
        start_at=start_at,
        sparse_until=sparse_until,
        faults=faults,
    )


def live(settings: Settings) -> LiveFeed:
    """Make the feed of the broker that the settings name. Raises BhavError when it lacks a setting or its SDK."""
    if settings.broker == "kite":
        key = required(settings, "kite_api_key", kite.PAGE)
        load("kiteconnect", kite.LOCK)
        return Kite(key, token(settings, "kite"), settings.kite_socket_url)
    return Fyers(
        required(settings, "fyers_app_id", fyers.PAGE),
        token(settings, "fyers"),
        socket_url=settings.fyers_socket_url,
        api_url=settings.fyers_api_url,
        symbols_url=settings.fyers_symbols_url,
    )


def token(settings: Settings, broker: tokens.Broker) -> Callable[[], str | None]:
    """Return how to get the access token of now."""

    def read() -> str | None:
        found = tokens.current(settings, broker)
        return found.value if found else None

    return read


def replay(
    connection: psycopg.Connection,
    files: Sequence[Path],
    *,
    columns: str | None = None,
    symbols: Sequence[str] = (),
    speed: float = 0.0,
    redate: date | None = None,
) -> Replay:
    """Make a replay of recorded files. Spot symbols that are new become instruments."""
    from ingestor.feeds.replay import Replay  # noqa: PLC0415 - pyarrow is slow to import

    known = cast("list[tuple[str, int]]", db.call(connection, "instrument_ids"))
    ids = dict(known)
    dsn, password = connection.info.dsn, connection.info.password  # it is closed by the time that a symbol turns up

    def resolve(symbol: str) -> int:
        if symbol not in ids:
            with psycopg.connect(dsn, password=password, autocommit=True) as own:
                ids.update(register(own, [_spot(symbol)]))
        return ids[symbol]

    parsed = Columns.parse(columns) if columns else None
    return Replay(files, resolve, parsed, symbols, speed=speed, redate=redate)


def _spot(symbol: str) -> Instrument:
    """Describe an index or a stock by its symbol alone."""
    exchange, _, tradingsymbol = symbol.partition(":")
    if CONTRACT.match(tradingsymbol) or not re.fullmatch(r"NSE|BSE", exchange):
        raise BhavError(
            f"{symbol} is not in market.instruments, and a contract cannot be told by its name alone",
            "add it with market.register_instruments()",
        )
    is_index = symbol in INDICES.values()
    return Instrument(symbol, exchange, exchange, tradingsymbol, tradingsymbol, "index" if is_index else "equity")
