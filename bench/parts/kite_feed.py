"""A tick of every instrument each second through Kite's protocol and SDK, over several minutes."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from typing import TYPE_CHECKING

import psutil

from bench.harness import servers
from bench.harness.report import Line, percentile
from bench.harness.run import open_now
from ingestor import db, log, sources
from ingestor.config import Settings
from ingestor.feeds.kite import Kite
from ingestor.service import Service
from tests.brokers.kite_socket import KiteSocket, frame, full

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from ingestor.model import Instrument
    from ingestor.server import Server

BEATS = 10
"""Messages per second and connection; each carries a tenth of its instruments."""
WARM_UP = 15.0
"""Seconds after which memory is compared with the end: snapshots and imports are done."""
NFO = 2
"""The segment that a token ends in."""
LEVELS = [(75, 10_000)] * 5


def kite_feed(server: Server, home: Path, listed: Sequence[Instrument], seconds: int) -> list[Line]:
    """Run the daemon on a ticker that sends for some seconds; both are processes of their own."""
    url = servers.create_database(server, "feed", "wall")
    with db.connect(url, "bench") as connection:
        sources.register(connection, listed)
        open_now(connection)
        connection.execute(
            f"insert into market.broker_instruments select 'kite', id << 8 | {NFO}, id from market.instruments".encode()
        )
        connection.execute("insert into ledger.watchlist (instrument_id) select id from market.instruments")
        spawn = multiprocessing.get_context("spawn")
        ticker, tickers = spawn.Pipe()
        link, daemons = spawn.Pipe()
        market = spawn.Process(target=_trade, args=(tickers, len(listed), seconds))
        market.start()
        daemon = spawn.Process(target=_serve, args=(daemons, url, home / "feed", ticker.recv()))
        daemon.start()
        ticker.recv()  # all have subscribed
        process = psutil.Process(daemon.pid)
        cpu, database, started = process.cpu_times(), servers.cpu_seconds(server), time.monotonic()
        memory: list[tuple[float, int]] = []
        while not ticker.poll(1.0):
            memory.append((time.monotonic() - started, process.memory_info().rss))
        sent = ticker.recv()
        elapsed = time.monotonic() - started
        used = process.cpu_times()
        ours = (used.user + used.system - cpu.user - cpu.system) / elapsed
        theirs = (servers.cpu_seconds(server) - database) / elapsed
        link.send("stop")
        for child in (daemon, market):
            child.join()
        stored, dropped, waits = connection.execute(
            "select (select count(*) from store.tick_data), sum(dropped),"
            " (select array_agg(w) from ledger.ingest_stats as s, unnest(s.commit_ms) as w) from ledger.ingest_stats"
        ).fetchall()[0]
    warm, last = next(rss for at, rss in memory if at >= min(WARM_UP, elapsed / 2)), memory[-1][1]
    return [
        Line("ticks sent → stored", f"{stored:,} of {sent:,}", stored / sent, "ticks sent", "1", stored == sent),
        Line("ticks dropped", f"{dropped:,}", target="0", met=dropped == 0),
        Line(
            "memory of the daemon at the end",
            f"{last / 2**20:.0f} MiB",
            last / warm,
            f"after {WARM_UP:.0f} s, {warm / 2**20:.0f} MiB",
            "flat: < 1.1",
            last / warm < 1.1,
        ),
        Line("CPU of the daemon", f"{ours:.1%} of a core, {1e6 * ours * elapsed / sent:.1f} µs a tick"),
        Line("CPU of the server", f"{theirs:.1%} of a core"),
        Line("receipt → commit", f"p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms"),
    ]


def _trade(link: Connection, instruments: int, seconds: int) -> None:
    """Be the ticker: tell where, wait until all have subscribed, trade, tell how many ticks were sent."""
    ticker = KiteSocket(heartbeat=1.0)
    link.send(ticker.url)
    while len(ticker.subscribed()) < instruments:
        time.sleep(0.2)
    link.send("subscribed")
    link.send(asyncio.run_coroutine_threadsafe(_ticks(ticker, seconds), ticker._loop).result())  # noqa: SLF001
    time.sleep(1)
    ticker.stop()


async def _ticks(ticker: KiteSocket, seconds: int) -> int:
    sent, started = 0, time.monotonic()
    for beat in range(seconds * BEATS):
        await asyncio.sleep(max(started + beat / BEATS - time.monotonic(), 0))
        now = int(time.time())
        for session in ticker.open:
            tokens = list(session.modes)[beat % BEATS :: BEATS]
            price = 10_000 + beat % 100
            packets = [full(t, price, beat + 1, interest=75, seconds=now, bids=LEVELS, asks=LEVELS) for t in tokens]
            await session.socket.send(frame(*packets))
            sent += len(packets)
    return sent


def _serve(link: Connection, url: str, home: Path, address: str) -> None:
    """Be the daemon, as it is shipped, until told to stop."""
    log.configure("ERROR")
    settings = Settings(bhav_home=home, broker="kite")
    service = Service(url, settings, lambda _: Kite("key", lambda: "good", address))

    def wait() -> None:
        link.recv()
        time.sleep(1)
        service.stop.set()

    threading.Thread(target=wait, daemon=True).start()
    service.run()
