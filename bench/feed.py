"""How much of a market the daemon takes over Kite's own protocol: as many instruments as Kite carries, a tick a second.

    python bench/feed.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from bench.harness.engines import on_each_engine
from bench.harness.run import first_session
from bench.parts.kite_feed import kite_feed
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from bench.harness.report import Line
    from ingestor.server import Server

INSTRUMENTS = 9_000


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments, a quarter of the time.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure the Kite feed on both engines."""
    count, seconds = (INSTRUMENTS // 10, 30) if quick else (INSTRUMENTS, 120)

    def measure(_: str, server: Server, home: Path, say: Callable[[str], None]) -> tuple[list[Table], list[Line]]:
        listed = universe(first_session(server)[2], count)
        say(f"{len(listed):,} instruments for {seconds} s")
        return [], kite_feed(server, home, listed, seconds)

    on_each_engine(folder, measure)


if __name__ == "__main__":
    typer.run(main)
