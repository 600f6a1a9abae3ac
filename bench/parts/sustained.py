"""Ticks as fast as the daemon takes them, from the socket to the commit."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import psycopg

from bench.harness import baselines, kite, servers
from bench.harness.daemon import running
from bench.harness.report import Line
from ingestor.copyrows import COLUMNS

if TYPE_CHECKING:
    from bench.harness.run import Bench


def sustained(bench: Bench) -> list[Line]:
    """Send ticks as fast as the daemon takes them; then store the same rows in other ways."""
    url = bench.create("sustained", "replay")
    daemon = bench.daemon(url, "sustained", may_wait=True)
    payload = bench.home / "messages"
    with payload.open("wb") as file:
        for first in range(0, len(bench.ticks), kite.PACKETS):
            file.write(kite.message(bench.ticks[first : first + kite.PACKETS]))
    with running(daemon) as link, payload.open("rb") as file:
        cpu = servers.cpu_seconds(bench.server)
        started = time.time()
        link.socket.sendfile(file)
    server_cpu = servers.cpu_seconds(bench.server) - cpu
    (journal,) = (daemon.home / "journal").iterdir()
    seconds = journal.stat().st_mtime - started  # a segment is deleted when it is committed
    counts = link.run.counts
    with psycopg.connect(url) as connection:
        statement = f"select {COLUMNS} from store.tick_data order by time, instrument_id"
        rows = connection.cursor(binary=True).execute(statement.encode()).fetchall()
        (segments,) = connection.execute("select segment from ledger.journals").fetchone() or ()
    assert counts.received == len(bench.ticks), counts
    assert counts.written == len(rows), counts
    rate, size = counts.received / seconds, -(-len(rows) // segments)

    url = bench.create("copied", "replay")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("call store.ensure(%s, %s)", (rows[0][1], rows[-1][1]))
        connection.execute("create table public.bare (like store.tick_data including all)")
    cpu = servers.cpu_seconds(bench.server)
    copy_rate = baselines.copy(url, rows, size)
    copy_cpu = servers.cpu_seconds(bench.server) - cpu
    limit = bench.load.executemany_seconds
    bare_rate = asyncio.run(baselines.executemany(url, "public.bare", rows, size, limit))
    url = bench.create("inserted", "replay")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("call store.ensure(%s, %s)", (rows[0][1], rows[-1][1]))
    executemany_rate = asyncio.run(baselines.executemany(url, "store.tick_data", rows, size, limit))

    micros, copy_micros = server_cpu / len(rows) * 1e6, copy_cpu / len(rows) * 1e6
    return [
        Line(
            f"socket to commit, {len(rows):,} ticks, {size:,} per commit",
            f"{rate:,.0f}/s",
            rate / copy_rate,
            f"bare binary COPY into the same table, {copy_rate:,.0f}/s",
            "≥ 30,000/s",
            rate >= 30_000,
        ),
        Line(
            "the same",
            f"{rate:,.0f}/s",
            rate / executemany_rate,
            f"asyncpg executemany into the same table, {executemany_rate:,.0f}/s",
            "ratio ≥ 3",
            rate >= 3 * executemany_rate,
        ),
        Line(
            "the same",
            f"{rate:,.0f}/s",
            rate / bare_rate,
            f"asyncpg executemany into a table without triggers, {bare_rate:,.0f}/s",
        ),
        Line("CPU of the daemon", f"{link.run.cpu_seconds / len(rows) * 1e6:.1f} µs per tick"),
        Line(
            "CPU of the server",
            f"{micros:.1f} µs per tick",
            micros / copy_micros,
            f"the server under COPY, {copy_micros:.1f} µs",
        ),
    ]
