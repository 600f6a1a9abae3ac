"""Watched indicators at the close of bars, beside computing them anew."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from bench.harness.bars import Market
from bench.harness.repeat import Spent, spent
from bench.harness.report import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

IDS = ["EMA_9", "RSI_14", "MACD", "SUPERTREND", "ATR"]
BARS = 800
"""Of history; the indicators forget within 784."""
SAMPLE = 20
"""Instruments that are computed anew."""
SUBSCRIBE = """
select count(indicators.subscribe(i, t, x, 'bench', null))
from unnest(%s::integer[]) as i cross join unnest(%s::text[]) as t cross join unnest(%s::text[]) as x
"""
PUT_BACK = """
truncate ledger.indicator_state;
insert into ledger.indicator_state select * from state_before;
update ledger.indicator_clock as k set advanced_until = b.advanced_until
from clock_before as b where b.timeframe = k.timeframe;
analyze ledger.indicator_state
"""
DIFFERENT = """
select count(*), count(*) filter (
    where l.bucket is distinct from c.bucket or abs(l.value - c.value) > 1e-9 * greatest(abs(c.value), 1)
    or (l.value is null) <> (c.value is null)
)
from unnest(%s::integer[]) as i
cross join lateral indicators.indicators_latest(i, %s, %s, false) as c
left join indicators.indicators_live as l
    on l.instrument_id = i and l.timeframe = c.timeframe and l.id = c.id and l.output = c.output
"""


def live(url: str, stocks: int, timeframes: Sequence[str], times: int, target: float | None = None) -> list[Line]:
    """Measure the first computation of watched indicators, the close of a minute, and that of every timeframe."""
    market = Market(url, stocks)
    connection, closes_at = market.connection, market.closes_at
    market.fill(timeframes, BARS, closes_at - timedelta(minutes=2))
    market.trade(closes_at - timedelta(seconds=120), closes_at - timedelta(seconds=90))
    connection.execute(SUBSCRIBE, (market.stocks, timeframes, IDS))
    keys = stocks * len(timeframes)
    started = time.perf_counter()
    while connection.execute("select count(*) from ledger.indicator_state").fetchone() != (keys,):
        connection.execute("select indicators.advance()")
    seeded = time.perf_counter() - started
    connection.execute("vacuum analyze ledger.indicator_state, ledger.indicator_subscriptions")

    market.trade(closes_at - timedelta(seconds=89), closes_at - timedelta(seconds=30))
    minute = advances(connection, stocks, times)
    minute_anew = anew(market, ["1m"])
    market.trade(closes_at - timedelta(seconds=29), closes_at - timedelta(seconds=1))
    market.move_clock(closes_at + timedelta(seconds=10))
    close = advances(connection, keys, times)
    close_anew = anew(market, timeframes)
    compared, different = connection.execute(DIFFERENT, (market.stocks[:SAMPLE], timeframes, IDS)).fetchone() or ()
    assert compared == len(market.stocks[:SAMPLE]) * len(timeframes) * 10, compared
    assert different == 0, f"{different} of {compared} live values are not those of the kernels"
    connection.close()
    what = f"{stocks:,} instruments at {len(timeframes)} timeframes"
    return [
        Line(f"{what}: seeded", f"{seeded:.1f} s, {seeded / keys * 1e3:.1f} ms each"),
        *(
            Line(
                f"{what}: {name} closes",
                str(found),
                found.p50 / recomputed,
                f"computing anew, {recomputed:.2f} s",
                f"< {target * 1e3:.0f} ms" if target else "",
                found.p50 < target if target else None,
            )
            for name, found, recomputed in (("1m", minute, minute_anew), ("every timeframe", close, close_anew))
        ),
    ]


def advances(connection: psycopg.Connection, keys: int, times: int) -> Spent:
    """Advance to the market clock from where the state is, so many times."""
    connection.execute("create temporary table state_before as table ledger.indicator_state")
    connection.execute("create temporary table clock_before as table ledger.indicator_clock")
    seconds = []
    for _ in range(times):
        connection.execute(PUT_BACK)
        started = time.perf_counter()
        moved = connection.execute("select indicators.advance()").fetchone()
        seconds.append(time.perf_counter() - started)
        assert moved == (keys,), moved
    connection.execute("drop table state_before, clock_before")
    return Spent(seconds)


def anew(market: Market, timeframes: Sequence[str]) -> float:
    """Return the seconds that computing all states from their bars takes, from those of a sample."""
    sample = market.stocks[:: math.ceil(len(market.stocks) / SAMPLE)]
    with market.connection.transaction(force_rollback=True):
        seconds = spent(
            lambda: market.connection.execute(
                "select indicators.seed_state(i, t) from unnest(%s::integer[]) as i cross join unnest(%s::text[]) as t",
                (sample, timeframes),
            )
        )
    return seconds * len(market.stocks) / len(sample)
