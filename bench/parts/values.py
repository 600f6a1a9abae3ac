"""Every indicator over 2,000 bars, beside fetching the same bars and asking a library."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from psycopg import sql
from rich.table import Table

from bench.harness import libraries
from bench.harness.repeat import in_turns
from bench.harness.report import Line
from tests.sql.indicators.oracles import ORACLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg

    from bench.harness.bars import Market
    from tests.sql.indicators.evaluator import Row

TIMEFRAME = "5m"
BARS = 2_000
TARGET = 0.01
"""Seconds that a function may take."""
ARRAYS = """
create temporary table arrays as
select
    array_agg(open) as open, array_agg(high) as high, array_agg(low) as low, array_agg(close) as close,
    array_agg(volume::double precision) as volume, array_agg(session_date) as session_date
from candles.candles(%s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Request:
    """An indicator with its defaults over the bars since an instant, computed in several ways."""

    connection: psycopg.Connection
    row: Row
    instrument: int
    since: datetime

    def kernel(self) -> None:
        """Compute over arrays in the server; the values stay there."""
        call = self.row.kernel
        for parameter in self.row.parameters:
            call = call.replace(f"{{{parameter.name}}}", str(parameter.default))
        self.connection.execute(f"select count(*) from arrays cross join lateral {call} as k".encode())

    def function(self) -> list[tuple[object, ...]]:
        statement = sql.SQL("select * from indicators.{}(%s, %s, since => %s)")
        name = sql.Identifier(self.row.name.lower())
        arguments = (self.instrument, TIMEFRAME, self.since)
        return self.connection.execute(statement.format(name), arguments, binary=True).fetchall()

    def generic(self) -> None:
        self.connection.execute(
            "select * from indicators.indicator(%s, %s, %s, %s)",
            (self.instrument, TIMEFRAME, self.row.name, self.since),
            binary=True,
        ).fetchall()

    def library(self, name: str, read_from: datetime) -> None:
        libraries.compute(name, self.row, libraries.fetch(self.connection, self.instrument, TIMEFRAME, read_from))

    def check(self, names: Sequence[str], read_from: datetime) -> None:
        """Raise where the function differs from a library that the catalogue says it agrees with."""
        _, *found = zip(*self.function(), strict=True)
        ours = [np.array(column, dtype=np.float64) for column in found]
        assert len(ours[0]) == BARS
        bars = libraries.fetch(self.connection, self.instrument, TIMEFRAME, read_from)
        for name in names:
            libraries.check(name, self.row, ours, bars)


def values(market: Market, catalogue: Mapping[str, Row], times: int) -> tuple[Table, list[Line]]:
    """Measure every indicator with its defaults: its kernel, its function, and what libraries take."""
    connection, instrument = market.connection, market.stocks[0]
    (since,) = (
        connection.execute(
            "select bucket from candles.candles_5m where instrument_id = %s order by bucket desc offset %s limit 1",
            (instrument, BARS - 1),
        ).fetchone()
        or ()
    )
    connection.execute(ARRAYS, (instrument, TIMEFRAME, since))
    table = Table(
        "indicator", "bars read", "kernel, µs/bar", "function, ms", "p95", "indicator(), ms",
        *(column for library in libraries.LIBRARIES for column in (f"fetch + {library}, ms", "ratio")),
        title=f"{BARS:,} bars of {TIMEFRAME}",
    )  # fmt: skip
    functions: dict[str, float] = {}
    ratios: dict[str, list[float]] = {library: [] for library in libraries.LIBRARIES}
    for row in (catalogue[name] for name in sorted(ORACLES)):
        request = Request(connection, row, instrument, since)
        read_from, bars = libraries.first_bar(connection, row, instrument, TIMEFRAME, since)
        known = [library for library in libraries.LIBRARIES if libraries.knows(library, row)]
        request.check(known, read_from)
        kernel, function, generic, *others = in_turns(
            times,
            request.kernel,
            request.function,
            request.generic,
            *(partial(request.library, library, read_from) for library in known),
        )
        functions[row.name] = function.p50
        cells = {library: ["", ""] for library in libraries.LIBRARIES}
        for library, other in zip(known, others, strict=True):
            ratio = function.p50 / other.p50
            ratios[library].append(ratio)
            cells[library] = [f"{other.p50 * 1e3:.1f}", f"{ratio:.2f}"]
        table.add_row(
            row.name, f"{bars:,}", f"{kernel.p50 / BARS * 1e6:.2f}", f"{function.p50 * 1e3:.1f}",
            f"{function.p95 * 1e3:.1f}", f"{generic.p50 * 1e3:.1f}", *chain(*cells.values()),
        )  # fmt: skip
    slowest = max(functions, key=functions.__getitem__)
    return table, [
        Line(
            f"functions over {BARS:,} bars, the slowest of {len(functions)}: {slowest}",
            f"{functions[slowest] * 1e3:.1f} ms",
            target="< 10 ms",
            met=functions[slowest] < TARGET,
        ),
        Line("the median of them", f"{np.median([*functions.values()]) * 1e3:.1f} ms"),
        *(
            Line(
                f"faster than fetch + {library}",
                f"{sum(ratio < 1 for ratio in found)} of {len(found)}",
                float(np.median(found)),
                "the same, the median of the ratios",
            )
            for library, found in ratios.items()
        ),
    ]
