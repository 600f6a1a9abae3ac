"""Temporary servers of both engines as Bhav itself would start them, and what they cost."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from ingestor import locate
from ingestor.migrate import Migration, migrate
from ingestor.server import Server, has_timescale

if TYPE_CHECKING:
    from collections.abc import Collection

PORT = 54600


def find_servers(home: Path) -> dict[str, Server | None]:
    """Return a server for each engine, not yet started, its data under `home`; None where this machine has none."""
    share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    asked = os.environ.get("BHAV_TEST_PG_BIN")
    system = locate.system_bindirs()
    timescale = [Path(asked)] if asked else [share / "bhav" / "postgres-timescale" / "bin", *system]
    bindirs = {
        "postgres": next((b for b in [*locate.wheel_bindirs(), *system] if not has_timescale(b)), None),
        "timescale": next(filter(has_timescale, timescale), None),
    }
    return {engine: Server(b, home / engine / "data", PORT) if b else None for engine, b in bindirs.items()}


def create_database(server: Server, name: str, clock: str) -> str:
    """Create and migrate a database; return its URL."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    url = server.url(name)
    migrate(url, Migration(clock=clock))
    return url


def cpu_seconds(server: Server, without: Collection[int] = ()) -> float:
    """Return the CPU time of a server's processes so far, those of the backends `without` left out."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    while True:
        ended = postmaster.cpu_times()
        total = ended.user + ended.system + ended.children_user + ended.children_system
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in postmaster.children():
                if process.pid not in without:
                    times = process.cpu_times()
                    total += times.user + times.system
            if postmaster.cpu_times()[2:4] == ended[2:4]:  # no child ended meanwhile
                return total
