-- grafana.indicator_matrix(symbol, timeframes) → indicators at the newest bar, forming or closed, a column for each of
-- the timeframes 1m, 5m, 15m, 1h and 1d: null where it is not asked for, or the indicator lacks bars.
-- SMA_1 is the close.
-- needs: timeframe

create function grafana.indicator_matrix(symbol text, timeframes text[] default '{1m, 5m, 15m, 1h, 1d}')
returns table (
    indicator text,
    "1m" double precision,
    "5m" double precision,
    "15m" double precision,
    "1h" double precision,
    "1d" double precision
)
language sql
stable
parallel safe
begin atomic
    with asked as materialized (
        select
            i.id,
            array(
                select distinct t.timeframe
                from unnest(indicator_matrix.timeframes) as a (name)
                cross join lateral grafana.timeframe(a.name, null, null) as t (timeframe)
                where t.timeframe in ('1m', '5m', '15m', '1h', '1d')
            ) as timeframes
        from market.instruments as i
        where i.symbol = indicator_matrix.symbol
    ),

    latest as materialized (
        select
            v.timeframe,
            v.id,
            v.output,
            v.value,
            max(v.value) filter (where v.id = 'SMA_1') over (partition by v.timeframe) as close
        from asked as a
        cross join
            lateral indicators.indicators_latest(
                a.id,
                a.timeframes,
                '{RSI_14, MACD_12_26_9, ADX_14, SUPERTREND_10_3, EMA_20, EMA_50, BBANDS_20_2, STOCH_14_3_3, SMA_1}'
            ) as v
    )

    select
        r.indicator,
        max(v.value) filter (where l.timeframe = '1m') as "1m",
        max(v.value) filter (where l.timeframe = '5m') as "5m",
        max(v.value) filter (where l.timeframe = '15m') as "15m",
        max(v.value) filter (where l.timeframe = '1h') as "1h",
        max(v.value) filter (where l.timeframe = '1d') as "1d"
    from latest as l
    inner join (
        values
        (1, 'RSI_14', 'rsi', 'RSI_14'),
        (2, 'MACD_12_26_9', 'histogram', 'MACD_12_26_9 histogram'),
        (3, 'ADX_14', 'adx', 'ADX_14'),
        (4, 'SUPERTREND_10_3', 'direction', 'SUPERTREND_10_3 direction'),
        (5, 'EMA_20', 'ema', 'close - EMA_20 in %'),
        (6, 'EMA_50', 'ema', 'close - EMA_50 in %'),
        (7, 'BBANDS_20_2', 'percent_b', 'BBANDS_20_2 percent_b'),
        (8, 'STOCH_14_3_3', 'k', 'STOCH_14_3_3 k')
    ) as r (nth, id, output, indicator) on l.id = r.id and l.output = r.output
    cross join
        lateral (select case when r.output = 'ema' then 100 * (l.close / l.value - 1) else l.value end as value) as v
    group by r.nth, r.indicator
    order by r.nth;
end;
comment on function grafana.indicator_matrix(text, text[]) is
'Indicators of an instrument at the newest bar, a column for each timeframe.';
