"""How fast ticks become candles: through the shipped daemon, journal, checks and durability, on both engines.

    python bench/ingest.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from bench.harness import kite
from bench.harness.engines import on_each_engine
from bench.harness.run import Bench, Load, first_session
from bench.parts.history import history
from bench.parts.steady import steady
from bench.parts.sustained import sustained
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from bench.harness.report import Line
    from ingestor.model import Tick
    from ingestor.server import Server

INSTRUMENTS = 1_000
FULL, QUICK = Load(500_000, 60, 10), Load(100_000, 15, 3)


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A fifth of the ticks, a quarter of the time.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure ingest on both engines."""
    load = QUICK if quick else FULL
    ticks: list[Tick] = []

    def measure(engine: str, server: Server, home: Path, say: Callable[[str], None]) -> tuple[list[Table], list[Line]]:
        opens, closes, day = first_session(server)
        listed = universe(day, INSTRUMENTS)
        ticks[:] = ticks or kite.market(listed, (opens, closes), load.ticks)
        bench = Bench(engine, server, home, load, listed, ticks)
        lines = []
        for part in (sustained, steady, history):
            say(part.__name__)
            lines += part(bench)
        return [], lines

    on_each_engine(folder, measure)


if __name__ == "__main__":
    typer.run(main)
