"""How fast indicators are: over a range, at the newest bar, and kept live at the close of bars, on both engines.

    python bench/indicators.py [--quick] [--folder FOLDER]

Starts temporary servers of its own. What each line means: README.md beside this file.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from bench.harness import servers
from bench.harness.bars import Market
from bench.harness.engines import on_each_engine
from bench.parts.latest import TIMEFRAMES, latest
from bench.parts.live import live
from bench.parts.values import values
from tests.sql.indicators.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from bench.harness.report import Line
    from ingestor.server import Server

STOCKS = 20
"""With the longest history that is kept; one of them is asked for."""
STRATEGIES = ["1m", "5m", "15m", "1h", "1d"]


def main(
    *,
    quick: Annotated[bool, typer.Option(help="A tenth of the instruments, a quarter of the repetitions.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the temporary servers live.")] = None,
) -> None:
    """Measure indicators on both engines."""
    times, stocks = (5, 100) if quick else (20, 1_000)

    def measure(engine: str, server: Server, _: Path, say: Callable[[str], None]) -> tuple[list[Table], list[Line]]:
        say("history")
        market = Market(servers.create_database(server, "history", "replay"), STOCKS)
        market.fill(TIMEFRAMES, 10_000, market.closes_at - timedelta(minutes=2))
        market.trade(market.closes_at - timedelta(seconds=120), market.closes_at - timedelta(seconds=90))
        catalogue = Evaluator(market.connection).catalogue
        say("values")
        each, lines = values(market, catalogue, times)
        each.title = f"{engine}: {each.title}"
        say("latest")
        lines += latest(market, catalogue, times)
        market.connection.close()
        for count, timeframes, target in ((stocks, TIMEFRAMES, None), (100, STRATEGIES, 0.1)):
            say(f"live, {count:,} instruments")
            url = servers.create_database(server, f"live_{len(timeframes)}", "replay")
            lines += live(url, count, timeframes, times, target)
        return [each], lines

    on_each_engine(folder, measure)


if __name__ == "__main__":
    typer.run(main)
