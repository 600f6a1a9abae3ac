"""History of any depth without its ticks, and ticks that close a bar when the bench says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.types.json import Jsonb

from ingestor import db

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import psycopg

BUCKETS = """
    select distinct b.bucket, date_bin(r.chunk, b.bucket, timestamptz '2000-01-02 19:45:00+00') as chunk
    from meta.timeframes as t
    inner join meta.retention as r on r.relation = t.timeframe
    inner join market.sessions as s
        on s.segment = 'NSE' and s.opens_at between %(until)s - coalesce(r.keep, '3 years') and %(until)s
    cross join lateral generate_series(
        meta.bucket_start(t.width, s.opens_at), s.closes_at - interval '1 microsecond', t.width
    ) as b (bucket)
    where t.timeframe = %(timeframe)s and meta.bucket_end(t.width, b.bucket) <= %(until)s
    order by b.bucket desc
    limit %(bars)s
"""
FILL = """
insert into {history}
(instrument_id, bucket, open, high, low, close, volume, missed_volume, turnover, ticks)
select
    w.instrument_id, w.bucket, w.open, greatest(w.open, w.close) + w.above, least(w.open, w.close) - w.below, w.close,
    w.volume, 0, w.volume * w.close, 10
from (
    select
        c.*,
        coalesce(lag(c.close) over (partition by c.instrument_id order by c.bucket), c.close) as open,
        round(random() * 20) / 20 as above,
        round(random() * 20) / 20 as below,
        (random() * 100000)::bigint as volume
    from (
        select
            i.instrument_id,
            b.bucket,
            round(20000 * exp(sum(random_normal(0, 0.001)) over (partition by i.instrument_id order by b.bucket))) / 20
                as close
        from unnest(%(instruments)s::integer[]) as i (instrument_id)
        cross join ({buckets}) as b
    ) as c
) as w
"""
TICKS = """
insert into store.tick_data (instrument_id, time, ltp, volume, missed_volume, source, received_at)
select i.instrument_id, t.time, round(20000 + 200 * random()) / 20, 1, 0, 'bench', t.time
from unnest(%(instruments)s::integer[]) as i (instrument_id)
cross join generate_series(%(since)s, %(until)s, interval '1 second') as t (time)
order by t.time, i.instrument_id
"""


def fill(
    connection: psycopg.Connection, instruments: Sequence[int], timeframe: str, bars: int, until: datetime
) -> None:
    """Give instruments the newest bars of a timeframe that end by `until`, as far as they are kept."""
    arguments = {"timeframe": timeframe, "bars": bars, "until": until, "instruments": instruments}
    buckets = sql.SQL(BUCKETS)
    chunks = sql.SQL("select chunk from ({}) as b group by chunk").format(buckets)
    for (chunk,) in connection.execute(chunks, arguments).fetchall():
        connection.execute("call store.ensure(%s, %s)", (chunk, chunk))
    history = sql.Identifier("store", f"history_{timeframe}")
    connection.execute(sql.SQL(FILL).format(history=history, buckets=buckets), arguments)


class Market:
    """A database whose clock is its newest tick, with stocks of random history."""

    def __init__(self, url: str, stocks: int) -> None:
        self.connection = db.connect(url, "bench")
        named = [("NSE", f"BENCH{number}", "equity") for number in range(stocks)] + [("MCX", "CLOCK", "index")]
        instruments = [
            {
                "symbol": f"{exchange}:{name}",
                "exchange": exchange,
                "segment": exchange,
                "tradingsymbol": name,
                "kind": kind,
            }
            for exchange, name, kind in named
        ]
        registered = self.connection.execute(
            "select id from market.register_instruments(%s)",
            (Jsonb(instruments),),
        ).fetchall()
        *self.stocks, self._clock = (number for (number,) in registered)
        (self.closes_at,) = (
            self.connection.execute(
                "select max(closes_at) from market.sessions where segment = 'NSE' and closes_at < now()"
            ).fetchone()
            or ()
        )
        self.connection.execute("select setseed(0.5)")

    def fill(self, timeframes: Sequence[str], bars: int, until: datetime) -> None:
        """Give every stock the newest bars of its timeframes that end by `until`, as far as they are kept."""
        self.move_clock(until)
        for timeframe in timeframes:
            fill(self.connection, self.stocks, timeframe, bars, until)
        self.connection.execute("call store.retain()")
        self.connection.execute("vacuum analyze")

    def trade(self, since: datetime, until: datetime) -> None:
        """Trade every stock each second."""
        self.connection.execute("call store.ensure(%s, %s)", (since, until))
        self.connection.execute(TICKS, {"since": since, "until": until, "instruments": self.stocks})

    def move_clock(self, time: datetime) -> None:
        self.connection.execute("call store.ensure(%s, %s)", (time, time))
        self.connection.execute(TICKS, {"since": time, "until": time, "instruments": [self._clock]})
