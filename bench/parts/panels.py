"""Every query of every dashboard over 30 days of many instruments: alone, and as tabs ask beside ticks."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import psycopg
from rich.table import Table

from bench.harness import kite
from bench.harness.bars import fill
from bench.harness.coverage import cover
from bench.harness.daemon import running
from bench.harness.repeat import in_turns, spent
from bench.harness.report import Line, percentile
from grafana.src.macros import TimeRange, expand, interpolate
from grafana.src.queries import queries, variables
from ingestor import db
from ingestor.config import ROOT
from ingestor.times import moment

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from bench.harness.run import Bench
    from grafana.src.macros import Value

DAYS = timedelta(days=30)
OPEN_FOR = timedelta(hours=1)
"""How long the session of the run is open already."""
TICKS = """
insert into store.tick_data (instrument_id, time, ltp, volume, missed_volume, source, received_at)
select i.id, t.time, round(20000 + 200 * random()) / 20, 1, 0, 'bench', t.time
from market.instruments as i
cross join generate_series(%(since)s, %(until)s, interval '5 seconds') as t (time)
order by t.time, i.id
"""
SESSION = """
with removed as (
    delete from market.sessions where session_date = (now() at time zone 'Asia/Kolkata')::date
)

insert into market.sessions (segment, session_date, opens_at, closes_at, kind)
select distinct
    i.segment, (now() at time zone 'Asia/Kolkata')::date, now() - %(open_for)s, now() + interval '3 hours', 'continuous'
from market.instruments as i
"""
REQUESTS = """
insert into ledger.backfill_requests (
    instrument_id, timeframe, ranges, asked_by, broker, status, attempts, requested_at, finished_at, fault, error,
    candles, rejected
)
select
    i.id, '1m', tstzmultirange(tstzrange(d.at - interval '1 hour', d.at)), 'scan', 'kite', s.status, 1, d.at,
    case when s.status <> 'queued' then d.at + interval '1 minute' end,
    case when s.status = 'failed' then 'network' end, case when s.status = 'failed' then 'no answer' end, 3,
    '{"unaligned": 1}'
from market.instruments as i
cross join generate_series(now() - interval '20 days', now(), interval '1 day') as d (at)
cross join lateral (
    select case when i.id % 7 = 0 then 'failed' when i.id % 5 = 0 then 'queued' else 'done' end as status
) as s
"""
"""A request of each instrument a day."""
COUNTS = """
insert into ledger.tick_counts (instrument_id, session_date, late, duplicates, volume_falls, offsession, rejected)
select i.id, current_date - d.ago, 3, 2, 1, 0, '{"price": 2}'
from market.instruments as i
cross join generate_series(0, 30) as d (ago)
"""
REPORTS = """
insert into ledger.ingest_stats (
    at, source, received, written, late, duplicates, offsession, volume_falls, dropped, rejected, queue_depth,
    journal_segments, journal_bytes, commit_ms
)
select
    r.at, 'kite', 5000, 4990, 3, 5, 0, 0, 0, '{"price": 2}', 0, 1, 100000,
    array(select 300 * random() from generate_series(1, 20) where r.at is not null)
from generate_series(now() - interval '6 hours', now(), interval '5 seconds') as r (at)
"""
"""As the daemon reports a commit four times a second, for as long as Operations shows."""
REPETITIONS = 20
CONNECTIONS = 10
"""As many as the data source opens."""
REFRESH_SECONDS = 5.0
BEATS = 10
"""Messages per second; each carries a tenth of the instruments."""
TARGET = 0.05
"""Seconds within which 95 of 100 answers of a panel come."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A query of a dashboard as Grafana sends it."""

    dashboard: str
    title: str
    sql: bytes


class Readers:
    """The connections of a data source, each used by one query at a time."""

    def __init__(self, connections: list[psycopg.Connection]) -> None:
        self._free: SimpleQueue[psycopg.Connection] = SimpleQueue()
        for connection in connections:
            connection.prepare_threshold = None  # nor does Grafana prepare: every query is planned
            connection.execute("set session authorization bhav_read")
            self._free.put(connection)

    def ask(self, panel: Panel) -> float:
        """Return the seconds until the last row of a panel arrived, those waiting for a connection not counted."""
        connection = self._free.get()
        try:
            return spent(lambda: connection.execute(panel.sql).fetchall())
        finally:
            self._free.put(connection)


def panels(bench: Bench, say: Callable[[str], None]) -> tuple[Table, list[Line]]:
    """Measure every query alone, then all as a tab per dashboard asks beside a tick of every instrument each second."""
    url = bench.create("panels", "wall")
    daemon = bench.daemon(url, "panels", may_wait=False)
    say(f"30 days of {len(bench.listed):,} instruments")
    with db.connect(url, "bench") as connection:
        prepare(connection)
    with ExitStack() as stack:
        pooled = [stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(CONNECTIONS)]
        asked = shown(pooled[0])
        readers = Readers(pooled)
        say(f"{len(asked)} queries alone")
        alone = in_turns(REPETITIONS, *(partial(readers.ask, panel) for panel in asked))
        say(f"a tab for each dashboard, beside {len(bench.listed):,} ticks/s")
        with running(daemon) as link, ThreadPoolExecutor(CONNECTIONS + 1) as pool:
            sender = pool.submit(send, bench, link.socket)
            beside, rounds = refresh(pool, readers, asked, sender.done)
            sender.result()
    table = Table(
        "dashboard", "query", "alone, p50 ms", "p95", "beside ticks, p50 ms", "p95",
        title=f"{bench.engine}: {len(bench.listed):,} instruments, 30 days",
    )  # fmt: skip
    for panel, one in zip(asked, alone, strict=True):
        many = beside[panel]
        table.add_row(
            panel.dashboard, panel.title, f"{one.p50 * 1e3:.1f}", f"{one.p95 * 1e3:.1f}",
            f"{percentile(many, 0.5) * 1e3:.1f}", f"{percentile(many, 0.95) * 1e3:.1f}",
        )  # fmt: skip
    return table, [
        *summary("alone", {panel: one.p95 for panel, one in zip(asked, alone, strict=True)}),
        *summary("beside live ticks", {panel: percentile(many, 0.95) for panel, many in beside.items()}),
        Line(
            "until a tab has all of its panels, p95", f"{percentile(rounds, 0.95) * 1e3:.0f} ms", baseline="every 5 s"
        ),
        Line("ticks stored meanwhile", f"{link.run.counts.written:,}, {link.run.counts.dropped} dropped"),
    ]


def prepare(connection: psycopg.Connection) -> None:
    """Open a session that began an hour ago; fill the 30 days before it, and its ticks."""
    connection.execute(SESSION, {"open_for": OPEN_FOR})
    (now,) = connection.execute("select now()").fetchone() or ()
    instruments = [number for (number,) in connection.execute("select id from market.instruments").fetchall()]
    opened = now - OPEN_FOR
    for timeframe, bars_a_day in connection.execute(
        "select timeframe, ceil(22500 / extract(epoch from width))::integer from meta.timeframes where stored"
    ).fetchall():
        fill(connection, instruments, timeframe, DAYS.days * bars_a_day, opened)
    connection.execute("call store.ensure(%s, %s)", (opened, now))
    connection.execute(TICKS, {"since": opened, "until": now})
    connection.execute("call store.refresh(%s, %s)", (opened, now))
    cover(connection)
    for what in (REQUESTS, COUNTS, REPORTS):
        connection.execute(what)
    connection.execute("select indicators.set_anchors()")
    connection.execute("vacuum analyze")


def shown(connection: psycopg.Connection) -> list[Panel]:
    """Return the queries of all dashboards as they open, on a stock."""
    now, symbol = (
        connection.execute(
            "select meta.now(), (select symbol from market.instruments where kind = 'equity' order by id limit 1)"
        ).fetchone()
        or ()
    )
    made = []
    for path in sorted((ROOT / "grafana" / "dashboards").rglob("*.json")):
        dashboard = json.loads(path.read_text())
        chosen = {one["name"]: default(one) for one in variables(dashboard)} | {"instrument": symbol}
        for query in queries(dashboard):
            since = moment(f"now-{query.last}" if query.last else dashboard["time"]["from"], now)
            span, interval = TimeRange(since, now), timedelta(minutes=1)
            sent = expand(interpolate(query.sql, chosen, span, interval), span, interval)
            made.append(Panel(path.stem, query.title, sent.encode()))
    return made


def default(variable: Mapping[str, Any]) -> Value:
    """Return what is chosen in a variable when its dashboard opens."""
    value: str | list[str] = variable["current"]["value"]
    return value if isinstance(value, str) else tuple(value)


def refresh(
    pool: ThreadPoolExecutor, readers: Readers, asked: list[Panel], ended: Callable[[], bool]
) -> tuple[dict[Panel, list[float]], list[float]]:
    """Ask for all panels of each dashboard every five seconds, one dashboard after the other as tabs are opened.

    Return the seconds of each answer, and until a tab had all of them.
    """
    tabs: defaultdict[str, list[Panel]] = defaultdict(list)
    for panel in asked:
        tabs[panel.dashboard].append(panel)
    taken: defaultdict[Panel, list[float]] = defaultdict(list)
    rounds = []
    due = time.monotonic()
    while not ended():
        for tab in tabs.values():
            time.sleep(max(due - time.monotonic(), 0))
            started = time.monotonic()
            for panel, seconds in zip(tab, pool.map(readers.ask, tab), strict=True):
                taken[panel].append(seconds)
            rounds.append(time.monotonic() - started)
            due += REFRESH_SECONDS / len(tabs)
    return taken, rounds


def send(bench: Bench, link: socket.socket) -> None:
    """Send a tick of every instrument each second, as long as the load says."""
    first_ticks = list({tick.instrument_id: tick for tick in reversed(bench.ticks)}.values())
    started = time.monotonic()
    for beat in range(bench.load.seconds * BEATS):
        time.sleep(max(started + beat / BEATS - time.monotonic(), 0))
        now = time.time_ns() // 10**9 * 10**6
        link.sendall(
            kite.message(
                [
                    tick._replace(time=now, day_volume=(tick.day_volume or 0) + beat)
                    for tick in first_ticks[beat % BEATS :: BEATS]
                ]
            )
        )


def summary(when: str, p95: dict[Panel, float]) -> list[Line]:
    slowest = max(p95, key=p95.__getitem__)
    return [
        Line(
            f"{when}: p95 of the slowest of {len(p95)}, {slowest.dashboard}: {slowest.title}",
            f"{p95[slowest] * 1e3:.1f} ms",
            target="< 50 ms",
            met=p95[slowest] < TARGET,
        ),
        Line(f"{when}: p95 within 50 ms", f"{sum(seconds < TARGET for seconds in p95.values())} of {len(p95)}"),
    ]
