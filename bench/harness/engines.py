"""A benchmark on each engine in turn."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.harness.pace import pace
from bench.harness.report import table
from bench.harness.servers import find_servers
from ingestor import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from bench.harness.report import Line
    from ingestor.server import Server

    Say = Callable[[str], None]
    Measured = tuple[list[Table], list[Line]]


def on_each_engine(folder: Path | None, measure: Callable[[str, Server, Path, Say], Measured]) -> None:
    """Measure on a temporary server of each engine, and print the tables, and a last one of the lines, in the end.

    `measure` is given the engine, its server, a folder of its own (below `folder`) and what says how far it is.
    """
    console = Console()
    log.configure("ERROR")
    home = Path(tempfile.mkdtemp(prefix="bhav-bench-", dir=folder))
    home.chmod(0o755)  # root's servers run as another account
    tables: list[Table] = []
    try:
        for engine, server in find_servers(home).items():
            if server is None:
                console.print(f"{engine}: no server found on this machine, left out")
                continue

            def say(text: str, engine: str = engine) -> None:
                console.print(f"{engine}: {text} …")

            server.start()
            try:
                more, lines = measure(engine, server, home / engine, say)
                machine = f"{os.cpu_count()} cores, 10 M additions in Python {pace():.2f} s"
                tables += [*more, table(f"{engine}, {machine}", lines)]
            finally:
                server.stop()
    finally:
        shutil.rmtree(home)
    for result in tables:
        console.print(result)
