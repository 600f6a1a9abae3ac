"""How fast gaps are found: of every instrument at once, and on the way of every chart, on both engines.

    python bench/gaps.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, LiteralString

import typer

from bench.harness import servers
from bench.harness.bars import fill
from bench.harness.coverage import cover
from bench.harness.engines import on_each_engine
from bench.harness.repeat import in_turns
from bench.harness.report import Line
from bench.harness.run import first_session
from ingestor import db, sources
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from rich.table import Table

    from ingestor.server import Server

COMPLETE = """
update ledger.coverage
set covered = '{(,)}'
where instrument_id = %(instrument)s
"""
EVERY_GAP = """
select instrument_id, isempty(missing)
from gaps.missing(array(select id from candles.followed), (select gaps.kept_since('tick_data')))
"""
CHART = "select * from candles.candles(%(instrument)s, '5m', %(since)s, 'infinity', %(fill)s)"
TIMES = 200
"""That a chart is read with and without looking for gaps."""
TARGETS = {"gaps.missing()": 0.2, "watchlist_gaps": 0.2, "data_quality": 1.0, "quality() of a day": 1.0}
FILL_TARGET = 0.002
"""Seconds."""


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure gaps and data quality on both engines."""
    instruments, times = (100, 5) if quick else (1_000, 20)

    def measure(_: str, server: Server, __: Path, say: Callable[[str], None]) -> tuple[list[Table], list[Line]]:
        say(f"{instruments:,} instruments")
        day = first_session(server)[2]
        with db.connect(servers.create_database(server, "gaps", "wall"), "bench") as connection:
            ids = sources.register(connection, universe(day, instruments))
            cover(connection)
            chart = next(iter(ids.values()))
            connection.execute(COMPLETE, {"instrument": chart})
            (now,) = connection.execute("select now()").fetchone() or ()
            fill(connection, [chart], "5m", 400, now)
            connection.execute("vacuum analyze")
            return [], [*whole(connection, times), charts(connection, chart)]

    on_each_engine(folder, measure)


def whole(connection: psycopg.Connection, times: int) -> list[Line]:
    """Measure what looks at every instrument over the time that ticks are kept."""
    (day,) = connection.execute("select max(session_date) from gaps.data_quality").fetchone() or ()
    queries: dict[str, LiteralString] = {
        "gaps.missing()": EVERY_GAP,
        "watchlist_gaps": "select * from gaps.watchlist_gaps",
        "data_quality": "select * from gaps.data_quality",
        "quality() of a day": "select * from gaps.quality(%(day)s, %(day)s::date + 1)",
    }
    rows = {what: read(connection, query, {"day": day}) for what, query in queries.items()}
    measured = in_turns(times, *(partial(read, connection, query, {"day": day}) for query in queries.values()))
    (base, *_) = measured
    return [
        Line(
            f"{what}, {rows[what]:,} rows",
            str(spent),
            spent.p50 / base.p50,
            f"gaps.missing(), {base.p50 * 1e3:.1f} ms",
            f"< {TARGETS[what] * 1e3:.0f} ms",
            spent.p50 < TARGETS[what],
        )
        for what, spent in zip(queries, measured, strict=True)
    ]


def charts(connection: psycopg.Connection, instrument: int) -> Line:
    """Measure what a chart without a hole costs more for having been looked at."""
    (since,) = connection.execute("select gaps.kept_since('tick_data')").fetchone() or ()
    arguments = {"instrument": instrument, "since": since}
    filled, plain = in_turns(
        TIMES,
        partial(read, connection, CHART, arguments | {"fill": True}),
        partial(read, connection, CHART, arguments | {"fill": False}),
    )
    more = filled.p50 - plain.p50
    return Line(
        "candles() of 7 days of 5m, more with fill",
        f"{more * 1e3:.2f} ms",
        filled.p50 / plain.p50,
        f"without, {plain.p50 * 1e3:.1f} ms",
        "< 2 ms",
        more < FILL_TARGET,
    )


def read(connection: psycopg.Connection, query: LiteralString, arguments: dict[str, object]) -> int:
    return len(connection.execute(query, arguments).fetchall())


if __name__ == "__main__":
    typer.run(main)
