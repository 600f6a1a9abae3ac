"""A tick of every instrument each second, as a live market sends them, while readers poll."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, LiteralString

import psycopg

from bench.harness import kite, servers
from bench.harness.daemon import running
from bench.harness.report import Line, percentile
from bench.harness.run import open_now, timed
from ingestor.config import Settings

if TYPE_CHECKING:
    from bench.harness.run import Bench

BEATS = 10
"""Messages per second; each carries a tenth of the instruments."""
WATCHED = 20
"""Instruments whose candles a reader watches."""
POLL_SECONDS = 0.01


def steady(bench: Bench) -> list[Line]:
    """Send every instrument's tick once a second while readers poll."""
    url = bench.create("steady", "wall")
    daemon = bench.daemon(url, "steady", may_wait=False)
    first_ticks = {tick.instrument_id: tick for tick in reversed(bench.ticks)}
    base = [first_ticks[key] for key in daemon.ids if key in first_ticks]
    sent: defaultdict[int, list[float]] = defaultdict(list)
    watched = [daemon.ids[tick.instrument_id] for tick in base[:: len(base) // WATCHED]]
    stop = threading.Event()
    with (
        psycopg.connect(url, autocommit=True) as minutes,
        psycopg.connect(url, autocommit=True) as days,
        psycopg.connect(url, autocommit=True) as board,
        ThreadPoolExecutor() as pool,
    ):
        open_now(board)
        readers = [connection.info.backend_pid for connection in (minutes, days, board)]
        with running(daemon) as link:
            watches = [
                pool.submit(watch, connection, name, watched, sent, stop)
                for connection, name in ((minutes, "live_1m"), (days, "live_1d"))
            ]
            latest = pool.submit(poll_latest, board, stop)
            cpu, started = servers.cpu_seconds(bench.server, readers), time.monotonic()
            for beat in range(bench.load.seconds * BEATS):
                time.sleep(max(started + beat / BEATS - time.monotonic(), 0))
                now = time.time_ns() // 10**9 * 10**6
                ticks = [
                    tick._replace(time=now, day_volume=(tick.day_volume or 0) + beat)
                    for tick in base[beat % BEATS :: BEATS]
                ]
                message = kite.message(ticks)
                emitted = time.monotonic()
                for tick in ticks:
                    sent[daemon.ids[tick.instrument_id]].append(emitted)
                link.socket.sendall(message)
            elapsed = time.monotonic() - started
            server = (servers.cpu_seconds(bench.server, readers) - cpu) / elapsed
            time.sleep(1)
            stop.set()
    client = link.run.cpu_seconds / link.run.seconds
    counts = link.run.counts
    assert counts.written == sum(map(len, sent.values())), counts
    lines = []
    for future, timeframe in zip(watches, ("1m", "1d"), strict=True):
        seen = future.result()
        p50, p99 = percentile(seen, 0.5), percentile(seen, 0.99)
        flush = Settings.model_fields["flush_interval_seconds"].default
        lines.append(
            Line(
                f"tick sent → forming {timeframe} candle visible",
                f"p50 {p50 * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms",
                p99 / flush,
                f"p99 to the flush interval, {flush * 1e3:.0f} ms",
                "p99 < 1 s",
                p99 < 1,
            ),
        )
    p50, p95 = percentile(latest.result(), 0.5), percentile(latest.result(), 0.95)
    return [
        *lines,
        Line("CPU of the daemon under it", f"{client:.1%} of a core", target="< 10 %", met=client < 0.1),
        Line(
            "CPU of the server under it, without readers", f"{server:.1%} of a core", target="< 10 %", met=server < 0.1
        ),
        Line(
            f"latest('1m'), {len(base):,} instruments, under it",
            f"p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms",
            target="p95 < 50 ms",
            met=p95 < 0.05,
        ),
    ]


def watch(
    connection: psycopg.Connection,
    relation: LiteralString,
    instrument_ids: list[int],
    sent: dict[int, list[float]],
    stop: threading.Event,
) -> list[float]:
    """Poll forming candles; return for every tick the seconds from its sending until a candle counted it."""
    statement = (
        f"select instrument_id, sum(ticks)::int from store.{relation}"
        " where instrument_id = any(%s) and bucket >= now() - interval '1 day' group by 1"
    )
    seen: dict[int, int] = dict.fromkeys(instrument_ids, 0)
    delays: list[float] = []
    while not stop.wait(POLL_SECONDS):
        found = connection.execute(statement, (instrument_ids,)).fetchall()
        now = time.monotonic()
        for instrument_id, ticks in found:
            delays += (now - emitted for emitted in sent[instrument_id][seen[instrument_id] : ticks])
            seen[instrument_id] = ticks
    assert seen == {instrument_id: len(sent[instrument_id]) for instrument_id in instrument_ids}
    return delays


def poll_latest(connection: psycopg.Connection, stop: threading.Event) -> list[float]:
    """Read the newest candle of every instrument four times a second; return the seconds that each read took."""
    taken = []
    while not stop.wait(0.25):
        taken.append(timed(connection, "select * from candles.latest('1m')")[0])
    return taken
