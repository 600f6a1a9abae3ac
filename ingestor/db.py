"""Connections, and the named statements of `queries.sql`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString, cast

import psycopg
from psycopg.types.string import TextLoader

from ingestor.config import ROOT
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date

    from psycopg.abc import Params

KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""A peer that vanished is noticed within half a minute."""


@cache
def queries() -> dict[str, LiteralString]:
    """Return the statements of queries.sql by name."""
    text = (ROOT / "ingestor" / "queries.sql").read_text()
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return {name: cast("LiteralString", body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def connect(url: str, application: str) -> psycopg.Connection:
    """Open a connection (autocommit) that shows up in pg_stat_activity as `bhav <application>`."""
    return psycopg.connect(
        url,
        autocommit=True,
        application_name=f"bhav {application}",
        prepare_threshold=None,  # a plan must not outlive the code that it calls
        **KEEPALIVE,
    )


def call(connection: psycopg.Connection, name: str, params: Params | None = None) -> list[tuple[object, ...]]:
    """Run a named statement and return its rows."""
    cursor = connection.execute(queries()[name], params)
    return cursor.fetchall() if cursor.description else []


def market_time(connection: psycopg.Connection) -> datetime:
    """Return the time of the market clock; in a replay that has not begun it is now."""
    (time,) = call(connection, "market_time")[0]
    return cast("datetime | None", time) or datetime.now(UTC)


def newest_session(connection: psycopg.Connection) -> tuple[int, int, date]:
    """Return when the cash market's newest session opens and closes (microseconds since 1970), and its date.

    It is the last that has begun on the market clock, its parts taken together. Raises BhavError where there is none.
    """
    rows = cast("list[tuple[int, int, date]]", call(connection, "equity_sessions", {"since": None, "days": 1}))
    if not rows:
        raise BhavError("the database knows no trading session", "see market.sessions")
    return rows[0][0], rows[-1][1], rows[0][2]


def read_as_text(connection: psycopg.Connection, *, but: Container[int]) -> None:
    """Let values of every type, except those with these oids, be read as the text that psql would show."""
    for kind in connection.adapters.types:
        for oid in (kind.oid, kind.array_oid):
            if oid and oid not in but:
                connection.adapters.register_loader(oid, TextLoader)
