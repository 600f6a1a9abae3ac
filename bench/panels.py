"""How fast dashboards answer: every query of every panel, alone and beside live ticks, on both engines.

    python bench/panels.py [--quick] [--folder FOLDER]

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
from bench.parts.panels import panels
from ingestor import db, log
from ingestor.feeds.universe import universe

if TYPE_CHECKING:
    from datetime import date


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments, half of the time.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure the queries of the dashboards on both engines."""
    console = Console()
    log.configure("ERROR")
    instruments, load = (100, Load(100, 30, 0)) if quick else (1_000, Load(1_000, 60, 0))
    home = Path(tempfile.mkdtemp(prefix="bhav-bench-", dir=folder))
    home.chmod(0o755)  # root's servers run as another account
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
                listed = universe(day, instruments)
                bench = Bench(engine, server, home / engine, load, listed, kite.market(listed, (opens, closes), 20_000))
                each, lines = panels(bench, console.print)
                tables += [each, table(f"{engine}, {os.cpu_count()} cores", lines)]
            finally:
                server.stop()
    finally:
        shutil.rmtree(home)
    for result in tables:
        console.print(result)


if __name__ == "__main__":
    typer.run(main)
