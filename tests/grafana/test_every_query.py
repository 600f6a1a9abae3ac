"""Every query of every dashboard, asked as Grafana asks it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from grafana.src.macros import TimeRange
from tests.grafana.asked import CHOSEN, DASHBOARDS, FUTURE, KNOWN, NUMBERS, STOCK, Frame, Reader, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana.src.queries import Query

QUIET = {"Job failures", "Rejected ticks", "Connection history"}
"""Titles of panels that are empty when nothing is wrong, or in the last hour nothing was up."""
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
        assert types.get("timeend", "timestamptz") == "timestamptz"
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
    if "timeend" in names:
        assert all(row[names.index("time")] < row[names.index("timeend")] for row in frame.rows)
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
    assert [*DASHBOARDS] == [
        "market/instrument",
        "market/multi-timeframe",
        "market/overview",
        "operations/data-quality",
        "operations/operations",
    ]
