"""One engine's run: its server, its databases, and how much to send."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from bench.harness import kite, servers
from bench.harness.daemon import Daemon
from ingestor import db, sources

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import psycopg

    from ingestor.model import Instrument, Tick
    from ingestor.server import Server


@dataclass(frozen=True, slots=True)
class Load:
    """How much to send, and for how long."""

    ticks: int
    """Ticks as fast as they go."""
    seconds: int
    """Of the paced load."""
    executemany_seconds: float
    """That asyncpg is given at the most."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One engine's server, and the load for it."""

    engine: str
    server: Server
    home: Path
    load: Load
    listed: list[Instrument]
    ticks: list[Tick]

    def create(self, name: str, clock: str) -> str:
        return servers.create_database(self.server, name, clock)

    def daemon(self, url: str, name: str, *, may_wait: bool) -> Daemon:
        """Return a daemon that knows the instruments by their Kite tokens."""
        with db.connect(url, "bench") as connection:
            ids = sources.register(connection, self.listed)
        tokens = {kite.token(number): ids[instrument.symbol] for number, instrument in enumerate(self.listed)}
        return Daemon(url, self.home / name, tokens, may_wait)


def first_session(server: Server) -> tuple[int, int, date]:
    """Return when the cash market's newest session opens and closes (microseconds since 1970), and its date."""
    with db.connect(servers.create_database(server, "calendar", "replay"), "bench") as connection:
        return db.newest_session(connection)


def open_now(connection: psycopg.Connection) -> None:
    """Let every instrument's market be open for an hour yet."""
    connection.execute("delete from market.sessions where session_date = (now() at time zone 'Asia/Kolkata')::date")
    connection.execute(
        "insert into market.sessions (segment, session_date, opens_at, closes_at, kind)"
        " select distinct segment, (now() at time zone 'Asia/Kolkata')::date,"
        " now() - interval '1 hour', now() + interval '1 hour', 'continuous' from market.instruments",
    )


def timed(
    connection: psycopg.Connection,
    statement: LiteralString,
    arguments: dict[str, object] | None = None,
) -> tuple[float, list[tuple[object, ...]]]:
    """Return the seconds until the last row of a statement arrived, and the rows."""
    started = time.perf_counter()
    rows = connection.execute(statement, arguments).fetchall()
    return time.perf_counter() - started, rows
