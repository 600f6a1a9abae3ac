"""How fast indicators are: over a range, at the newest bar, and kept live at the close of bars, on both engines.

    python bench/indicators.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.harness import servers
from bench.harness.bars import Market
from bench.harness.report import table
from bench.parts.latest import TIMEFRAMES, latest
from bench.parts.live import live
from bench.parts.values import values
from ingestor import log
from tests.sql.indicators.evaluator import Evaluator

STOCKS = 20
"""With the longest history that is kept; one of them is asked for."""
STRATEGIES = ["1m", "5m", "15m", "1h", "1d"]


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments, a quarter of the repetitions.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure indicators on both engines."""
    console = Console()
    log.configure("ERROR")
    times, stocks = (5, 100) if quick else (20, 1_000)
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
                console.print(f"{engine}: history …")
                market = Market(servers.create_database(server, "history", "replay"), STOCKS)
                market.fill(TIMEFRAMES, 10_000, market.closes_at - timedelta(minutes=2))
                market.trade(market.closes_at - timedelta(seconds=120), market.closes_at - timedelta(seconds=90))
                catalogue = Evaluator(market.connection).catalogue
                console.print(f"{engine}: values …")
                each, lines = values(market, catalogue, times)
                console.print(f"{engine}: latest …")
                lines += latest(market, catalogue, times)
                market.connection.close()
                for count, timeframes, target in ((stocks, TIMEFRAMES, None), (100, STRATEGIES, 0.1)):
                    console.print(f"{engine}: live, {count:,} instruments …")
                    url = servers.create_database(server, f"live_{len(timeframes)}", "replay")
                    lines += live(url, count, timeframes, times, target)
                each.title = f"{engine}: {each.title}"
                tables += [each, table(f"{engine}, {os.cpu_count()} cores", lines)]
            finally:
                server.stop()
    finally:
        shutil.rmtree(home)
    for result in tables:
        console.print(result)


if __name__ == "__main__":
    typer.run(main)
