"""Five days of ticks: what they take on disk, and reading their candles."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bench.harness.report import Line, percentile
from bench.harness.run import timed
from ingestor import db, sources
from ingestor.config import Settings
from ingestor.service import Service

if TYPE_CHECKING:
    from datetime import date

    import psycopg

    from bench.harness.run import Bench

DAYS = 5
INSTRUMENTS = 10
CANDLES = """
select bucket, open, high, low, close, volume, ticks
from candles.candles(%(instrument_id)s, '5m', %(since)s)
"""
FOLD = """
select
    date_bin('5 minutes', time, timestamptz '2000-01-02 19:45:00+00') as bucket,
    (array_agg(ltp order by time))[1],
    max(ltp),
    min(ltp),
    (array_agg(ltp order by time desc))[1],
    sum(volume)::bigint,
    count(*)
from store.tick_data
where instrument_id = %(instrument_id)s and time >= %(since)s
group by 1
order by 1
"""


def history(bench: Bench) -> list[Line]:
    """Measure what five days of ticks take on disk, and reading their candles."""
    url = bench.create("history", "replay")
    with db.connect(url, "bench") as connection:
        days = connection.execute(
            "select distinct session_date from market.sessions where segment = 'NSE' and closes_at < now()"
            " order by 1 desc limit %s",
            (DAYS,),
        ).fetchall()
    since = cast("date", days[-1][0])
    settings = Settings(bhav_home=bench.home / "history")
    Service(
        url,
        settings,
        lambda connection: sources.simulate(
            connection,
            session_date=since,
            days=DAYS,
            instruments=INSTRUMENTS,
            speed=0,
        ),
    ).run()
    lines = []
    with db.connect(url, "bench") as connection:
        since_at, until_at, ticks = (
            connection.execute("select min(time), max(time), count(*) from store.tick_data").fetchone() or ()
        )
        connection.execute("call store.refresh(%s, %s)", (since_at, until_at))
        raw = tick_bytes(connection, bench.engine)
        lines.append(Line(f"storage, {ticks:,} ticks", f"{raw / ticks:.0f} bytes per tick"))
        if bench.engine == "timescale":
            connection.execute("select public.compress_chunk(c) from public.show_chunks('store.tick_data') as c")
            packed = tick_bytes(connection, bench.engine)
            lines.append(
                Line(
                    "storage in the columnstore",
                    f"{packed / ticks:.1f} bytes per tick",
                    packed / raw,
                    f"the rowstore's {raw / ticks:.0f}",
                    "ratio ≤ 0.1",
                    raw >= 10 * packed,
                ),
            )
        connection.execute("vacuum analyze")
        (instrument_id,) = connection.execute("select max(instrument_id) from store.live_1d").fetchone() or ()
        arguments = {"instrument_id": instrument_id, "since": since_at}
        served = [timed(connection, CANDLES, arguments) for _ in range(20)]
        folded = [timed(connection, FOLD, arguments) for _ in range(20)]
    assert served[0][1] == folded[0][1]
    fast, slow = percentile([t for t, _ in served], 0.5), percentile([t for t, _ in folded], 0.5)
    lines.append(
        Line(
            f"candles(…, '5m'), {DAYS} days, {len(served[0][1])} bars",
            f"{fast * 1e3:.1f} ms",
            fast / slow,
            f"raw aggregation of its ticks, {slow * 1e3:.1f} ms",
            "< 10 ms",
            fast < 0.01,
        ),
    )
    return lines


def tick_bytes(connection: psycopg.Connection, engine: str) -> int:
    """Return what the ticks take on disk, indexes included."""
    sizes = {
        "postgres": "select sum(pg_total_relation_size(relid))::bigint from pg_partition_tree('store.tick_data')",
        "timescale": "select public.hypertable_size('store.tick_data')",
    }
    (size,) = connection.execute(sizes[engine].encode()).fetchone() or ()
    return int(size)
