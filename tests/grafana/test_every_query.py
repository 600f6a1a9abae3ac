"""Every query of every dashboard, asked as Grafana asks it: as bhav_read, variables and macros expanded."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from grafana.src.macros import TimeRange, expand, interpolate
from grafana.src.queries import Query, queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
QUIET = {"Job failures", "Rejected ticks"}
"""Titles of panels that are empty when nothing is wrong."""
STOCK, FUTURE = "NSE:INFY", "NFO:NIFTY26AUGFUT"
CHOSEN: dict[str, Value] = {
    "instrument": STOCK,
    "timeframe": "5m",
    "overlays": ("ema_20", "ema_50", "vwap", "bollinger", "supertrend"),
    "watch": ("NSE:INFY", "NSE:SBIN"),
}
HOSTILE = [
    "'",
    "'; drop table market.instruments; --",
    "NSE:INFY') union select 1 --",
    'NSE:"INFY"',
    "\\'; select pg_sleep(60); --",
    "$$",
    "${instrument}",
    "",
    "é \N{RUPEE SIGN} \N{DEVANAGARI LETTER KA}" * 200,
]

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
        self.timescale = bool(
            self.connection.execute("select from pg_extension where extname = 'timescaledb'").rowcount
        )
        self.connection.execute("set session authorization bhav_read")
        (now,) = self.connection.execute("select meta.now()").fetchone() or ()
        until = now or datetime(2026, 8, 4, 15, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        self.shown = TimeRange(until - timedelta(days=3), until + timedelta(seconds=1))

    def ask(self, query: Query, variables: Mapping[str, Value] = CHOSEN, shown: TimeRange | None = None) -> Frame:
        if not shown:
            wall = datetime.now(UTC)
            shown = TimeRange(wall - timedelta(hours=1), wall) if query in OPERATIONS else self.shown
        interval = timedelta(minutes=1)
        sql = expand(interpolate(query.sql, variables, shown, interval), shown, interval, timescale=self.timescale)
        found = self.connection.execute(sql.encode())
        assert found.description is not None
        types = self.connection.adapters.types
        columns = {column.name: getattr(types.get(column.type_code), "name", "?") for column in found.description}
        assert len(columns) == len(found.description), "two columns have one name"
        rows = found.fetchall()
        assert not found.nextset(), "more than one statement"
        return Frame(columns, rows)


@pytest.fixture
def reader(traded: str) -> Iterator[Reader]:
    made = Reader(traded)
    yield made
    made.connection.close()


@pytest.fixture
def of_empty(empty: str) -> Iterator[Reader]:
    made = Reader(empty)
    yield made
    made.connection.close()


def check(query: Query, frame: Frame) -> None:
    """Assert that the frame is what the panel's type needs."""
    assert set(frame.columns.values()) <= KNOWN, frame.columns
    check_columns(query, frame)
    check_order(query, frame)


def check_columns(query: Query, frame: Frame) -> None:
    types = frame.columns
    numbers = {name for name, kind in types.items() if kind in NUMBERS}
    if query.kind == "variable":
        assert types == {"__text": "text", "__value": "text"}
    elif query.kind == "annotation":
        assert types["time"] == "timestamptz"
        assert types["text"] == "text"
    elif query.kind == "candlestick":
        assert [*types][:6] == ["time", "open", "high", "low", "close", "volume"]
        assert numbers == types.keys() - {"time"}, "a column of text would split the frame"
    elif query.format == "time_series":
        assert list(types.items())[:2] == [("time", "timestamptz"), ("metric", "text")]
        assert len(types) == 3, "a series is named by its metric only among three columns"
        assert len(numbers) == 1
    elif query.kind == "timeseries":
        assert numbers == types.keys() - {"time"}
    elif query.kind == "stat":
        assert numbers
        assert len(frame.rows) <= 1
    else:
        assert query.kind in {"table", "trend"}


def check_order(query: Query, frame: Frame) -> None:
    names = [*frame.columns]
    if query.kind == "trend":
        bars = [row[names.index("bar")] for row in frame.rows]
        assert bars == sorted(set(bars))
    if query.kind in {"annotation", "candlestick", "timeseries"}:
        times = [row[names.index("time")] for row in frame.rows]
        assert frame.columns["time"] == "timestamptz"
        assert None not in times
        assert times == sorted(times)
        if query.kind == "candlestick":
            assert len(set(times)) == len(times)
    if query.format == "time_series":
        points = [row[:2] for row in frame.rows]
        assert len(set(points)) == len(points), "a series has two values at one time"


@every()
def test_a_panel_gets_what_its_type_needs(reader: Reader, query: Query) -> None:
    look_at(reader, query, STOCK)


@every("${instrument")
def test_a_panel_of_a_future_gets_what_its_type_needs(reader: Reader, query: Query) -> None:
    look_at(reader, query, FUTURE)


def look_at(reader: Reader, query: Query, symbol: str) -> None:
    """Ask, and find numbers where something trades."""
    frame = reader.ask(query, CHOSEN | {"instrument": symbol})
    check(query, frame)
    kinds = frame.columns.values()
    numbers = [figure for row in frame.rows for figure, kind in zip(row, kinds, strict=True) if kind in NUMBERS]
    if query.title == "Open interest":
        assert bool(frame.rows) == (symbol == FUTURE)
    elif query.title not in QUIET:
        assert any(value is not None for row in frame.rows for value in row[1:])
    assert all(math.isfinite(number) for number in numbers if number is not None)


@every()
def test_without_a_tick_a_panel_is_empty_and_no_error(of_empty: Reader, query: Query) -> None:
    check(query, of_empty.ask(query))


@pytest.mark.parametrize("hostile", HOSTILE)
@every("${")
def test_no_value_of_a_variable_is_more_than_a_value(reader: Reader, query: Query, hostile: str) -> None:
    asked = {name: hostile if isinstance(value, str) else (hostile, *value) for name, value in CHOSEN.items()}
    frame = reader.ask(query, asked)
    check(query, frame)
    if "${instrument" in query.sql or "${timeframe" in query.sql:
        assert not frame.rows


@every("${overlays")
def test_nothing_chosen(reader: Reader, query: Query) -> None:
    frame = reader.ask(query, CHOSEN | {"overlays": ()})
    check(query, frame)
    overlays = [value for row in frame.rows for value in row[6:]]
    assert frame.rows
    assert set(overlays) == {None}


@every("$__timeFrom")
def test_a_range_in_the_future_or_reversed(reader: Reader, query: Query) -> None:
    year = timedelta(days=365)
    for shown in (
        TimeRange(reader.shown.until + year, reader.shown.until + 2 * year),
        TimeRange(reader.shown.until, reader.shown.since),
    ):
        frame = reader.ask(query, shown=shown)
        check(query, frame)
        if query.title != "Volume spikes":  # it takes only the timeframe from the range
            assert not frame.rows


def test_the_reader_writes_nothing(reader: Reader) -> None:
    reader.connection.execute("set default_transaction_read_only = off")
    for relation in ("market.instruments", "ledger.jobs", "ledger.alert_rules", "meta.settings"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.connection.execute(f"delete from {relation}".encode())


def test_every_dashboard_is_here() -> None:
    assert [*DASHBOARDS] == ["market/instrument", "market/multi-timeframe", "market/overview", "operations/operations"]
