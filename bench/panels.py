"""How fast dashboards answer: every query of every panel, alone and beside live ticks, on both engines.

    python bench/panels.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from bench.harness import kite
from bench.harness.engines import on_each_engine
from bench.harness.run import Bench, Load, first_session
from bench.parts.panels import panels
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from bench.harness.report import Line
    from ingestor.server import Server


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments, half of the time.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure the queries of the dashboards on both engines."""
    instruments, load = (100, Load(100, 30, 0)) if quick else (1_000, Load(1_000, 60, 0))

    def measure(engine: str, server: Server, home: Path, say: Callable[[str], None]) -> tuple[list[Table], list[Line]]:
        opens, closes, day = first_session(server)
        listed = universe(day, instruments)
        bench = Bench(engine, server, home, load, listed, kite.market(listed, (opens, closes), 20_000))
        each, lines = panels(bench, say)
        return [each], lines

    on_each_engine(folder, measure)


if __name__ == "__main__":
    typer.run(main)
