"""How fast ticks become candles: through the shipped daemon, journal, checks and durability, on both engines.

    python bench/ingest.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console

from bench.harness import kite, servers
from bench.harness.report import table
from bench.harness.run import Bench, Load
from bench.parts.history import history
from bench.parts.steady import steady
from bench.parts.sustained import sustained
from ingestor import db, log
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from datetime import date

    from ingestor.model import Tick

INSTRUMENTS = 1_000
FULL, QUICK = Load(500_000, 60, 10), Load(100_000, 15, 3)


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A fifth of the ticks, a quarter of the time.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure ingest on both engines."""
    console = Console()
    log.configure("ERROR")
    load = QUICK if quick else FULL
    home = Path(tempfile.mkdtemp(prefix="bhav-bench-", dir=folder))
    home.chmod(0o755)  # root's servers run as another account
    ticks: list[Tick] = []
    tables = []
    try:
        for engine, server in servers.find_servers(home).items():
            if server is None:
                console.print(f"{engine}: no server found on this machine, left out")
                continue
            server.start()
            try:
                with db.connect(servers.create_database(server, "calendar", "replay"), "bench") as connection:
                    opens, closes, day = cast(
                        "tuple[int, int, date]", db.call(connection, "equity_sessions", {"since": None, "days": 1})[0]
                    )
                listed = universe(day, INSTRUMENTS)
                ticks = ticks or kite.market(listed, (opens, closes), load.ticks)
                bench = Bench(engine, server, home / engine, load, listed, ticks)
                lines = []
                for part in (sustained, steady, history):
                    console.print(f"{engine}: {part.__name__} …")
                    lines += part(bench)
                tables.append(table(f"{engine}, {os.cpu_count()} cores", lines))
            finally:
                server.stop()
    finally:
        shutil.rmtree(home)
    for result in tables:
        console.print(result)


if __name__ == "__main__":
    typer.run(main)
