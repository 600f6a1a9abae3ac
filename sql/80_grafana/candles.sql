-- grafana.candles(symbol, timeframe, since, until, overlays, fill) → bars of an instrument for a candlestick panel,
-- in order of time, and the overlays that are named: ema_20, ema_50, vwap, bollinger (20, 2), supertrend (10, 3). One
-- that is not named is null and costs nothing. Prices in rupees; volume: what traded while connected.
-- fill: what is missing is asked for. Not by default: beside the chart stands grafana.gap_annotations(), which does.
-- No rows for an unknown symbol or timeframe ('auto': by the range) or a range that ends before it starts.
-- needs: bar_time, timeframe

create function grafana.candles(
    symbol text,
    timeframe text,
    since timestamptz,
    until timestamptz,
    overlays text[] default '{}',
    fill boolean default false
)
returns table (
    "time" timestamptz,  -- noqa: RF06
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    ema_20 double precision,
    ema_50 double precision,
    vwap double precision,
    bb_upper double precision,
    bb_middle double precision,
    bb_lower double precision,
    supertrend double precision
)
language sql
stable
parallel restricted
begin atomic
    with asked as materialized (
        select
            i.id,
            t.timeframe
        from market.instruments as i
        cross join lateral grafana.timeframe(candles.timeframe, candles.since, candles.until) as t (timeframe)
        where i.symbol = candles.symbol and t.timeframe is not null and candles.since <= candles.until
    )

    select
        grafana.bar_time(c.bucket, a.timeframe) as time,
        c.open,
        c.high,
        c.low,
        c.close,
        c.volume,
        e20.ema as ema_20,
        e50.ema as ema_50,
        v.vwap,
        b.upper as bb_upper,
        b.middle as bb_middle,
        b.lower as bb_lower,
        s.supertrend
    from asked as a
    cross join lateral candles.candles(a.id, a.timeframe, candles.since, candles.until, candles.fill) as c
    left join (
        select o.*
        from asked
        cross join lateral indicators.ema(asked.id, asked.timeframe, 20, candles.since, candles.until) as o
        where 'ema_20' = any(candles.overlays)
    ) as e20 on e20.bucket = c.bucket
    left join (
        select o.*
        from asked
        cross join lateral indicators.ema(asked.id, asked.timeframe, 50, candles.since, candles.until) as o
        where 'ema_50' = any(candles.overlays)
    ) as e50 on e50.bucket = c.bucket
    left join (
        select o.*
        from asked
        cross join lateral indicators.vwap(asked.id, asked.timeframe, candles.since, candles.until) as o
        where 'vwap' = any(candles.overlays)
    ) as v on v.bucket = c.bucket
    left join (
        select o.*
        from asked
        cross join lateral indicators.bbands(asked.id, asked.timeframe, 20, 2, candles.since, candles.until) as o
        where 'bollinger' = any(candles.overlays)
    ) as b on b.bucket = c.bucket
    left join (
        select o.*
        from asked
        cross join lateral indicators.supertrend(asked.id, asked.timeframe, 10, 3, candles.since, candles.until) as o
        where 'supertrend' = any(candles.overlays)
    ) as s on s.bucket = c.bucket
    order by c.bucket;
end;
comment on function grafana.candles(text, text, timestamptz, timestamptz, text[], boolean) is
'Candles of one instrument for a chart, with the overlays that are named: ema_20, ema_50, vwap, bollinger, supertrend.';
