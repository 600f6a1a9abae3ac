"""Asking the queries of the dashboards as Grafana does: as bhav_read, variables and macros expanded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from grafana.src.macros import TimeRange, expand, interpolate
from grafana.src.queries import Query, queries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana.src.macros import Value

DASHBOARDS = {
    path.relative_to(path.parents[1]).with_suffix("").as_posix(): json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "grafana" / "dashboards").rglob("*.json"))
}
NAMED = [
    (f"{name}: {query.kind} {query.title}", query) for name, board in DASHBOARDS.items() for query in queries(board)
]
NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
KNOWN = NUMBERS | {"text", "timestamptz", "date", "bool", "interval"}
"""Types whose values a panel shows as they are."""
STOCK, FUTURE = "NSE:INFY", "NFO:NIFTY26AUGFUT"
CHOSEN: dict[str, Value] = {
    "instrument": STOCK,
    "timeframe": "5m",
    "overlays": ("ema_20", "ema_50", "vwap", "bollinger", "supertrend"),
    "watch": ("NSE:INFY", "NSE:SBIN"),
}

OPERATIONS = set(queries(DASHBOARDS["operations/operations"]))
"""About the daemon, whose clock is the wall's also where the market's is not."""


def every(holding: str = "") -> pytest.MarkDecorator:
    """Run a test for every query whose SQL holds a text."""
    chosen = [pytest.param(query, id=name) for name, query in NAMED if holding in query.sql]
    return pytest.mark.parametrize("query", chosen)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a query gave: the name and type of each column, and its rows."""

    columns: dict[str, str]
    rows: list[tuple[Any, ...]]


class Reader:
    """A connection like Grafana's, and the range that its dashboards show."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("set session authorization bhav_read")
        (now,) = self.connection.execute("select meta.now()").fetchone() or ()
        until = now or datetime(2026, 8, 4, 15, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        self.shown = TimeRange(until - timedelta(days=3), until + timedelta(seconds=1))

    def ask(self, query: Query, variables: Mapping[str, Value] = CHOSEN, shown: TimeRange | None = None) -> Frame:
        if not shown:
            wall = datetime.now(UTC)
            shown = TimeRange(wall - timedelta(hours=1), wall) if query in OPERATIONS else self.shown
        interval = timedelta(minutes=1)
        sql = expand(interpolate(query.sql, variables, shown, interval), shown, interval)
        found = self.connection.execute(sql.encode())
        assert found.description is not None
        types = self.connection.adapters.types
        columns = {column.name: getattr(types.get(column.type_code), "name", "?") for column in found.description}
        assert len(columns) == len(found.description), "two columns have one name"
        rows = found.fetchall()
        assert not found.nextset(), "more than one statement"
        return Frame(columns, rows)
