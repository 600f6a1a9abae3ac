-- indicators.indicators_live: watched indicators (subscribe()) as of the newest closed bar of their timeframe: those of
-- ledger.indicator_state (indicators.state_ids()) and ledger.indicator_values. In rupees, percent or 0..100, as the
-- indicator is. One read of a small table each: no candle is touched.

create view indicators.indicators_live as
select
    s.timeframe,
    s.instrument_id,
    v.id,
    v.output,
    s.bucket,
    v.value
from ledger.indicator_state as s
cross join
    lateral (
        select
            case when count(*) = 20 then s.closes[20] + avg(c.value - s.closes[20]) end as middle,
            case when count(*) = 20 then 2 * stddev_pop(c.value - s.closes[20]) end as deviation  -- of equal closes 0
        from unnest(s.closes) as c (value)
    ) as b
cross join
    lateral (
        select
            case when count(*) = 20 then max(r.high) end as upper,
            case when count(*) = 20 then min(r.low) end as lower
        from unnest(s.highs, s.lows) as r (high, low)
    ) as d
cross join
    lateral (
        values
        ('EMA_9', 'ema', s.ema_9),
        ('EMA_12', 'ema', s.ema_12),
        ('EMA_21', 'ema', s.ema_21),
        ('EMA_26', 'ema', s.ema_26),
        ('MACD_12_26_9', 'macd', s.ema_12 - s.ema_26),
        ('MACD_12_26_9', 'signal', s.macd_signal),
        ('MACD_12_26_9', 'histogram', s.ema_12 - s.ema_26 - s.macd_signal),
        (
            'RSI_14',
            'rsi',
            case
                when s.rsi_gains + s.rsi_losses > 1e-12 * s.closes[cardinality(s.closes)]
                    then 100 * (s.rsi_gains / (s.rsi_gains + s.rsi_losses))
            end
        ),
        ('ATR_14', 'atr', s.atr),
        (
            'SUPERTREND_10_3',
            'supertrend',
            case when s.supertrend_direction > 0 then s.supertrend_lower else s.supertrend_upper end
        ),
        ('SUPERTREND_10_3', 'direction', s.supertrend_direction),
        ('SUPERTREND_10_3', 'upper', s.supertrend_upper),
        ('SUPERTREND_10_3', 'lower', s.supertrend_lower),
        ('BBANDS_20_2', 'upper', b.middle + b.deviation),
        ('BBANDS_20_2', 'middle', b.middle),
        ('BBANDS_20_2', 'lower', b.middle - b.deviation),
        ('BBANDS_20_2', 'bandwidth', 100 * 2 * b.deviation / b.middle),
        ('BBANDS_20_2', 'percent_b', (s.closes[20] - b.middle + b.deviation) / nullif(2 * b.deviation, 0)),
        ('DC_20', 'upper', d.upper),
        ('DC_20', 'middle', (d.upper + d.lower) / 2),
        ('DC_20', 'lower', d.lower)
    ) as v (id, output, value)
where s.bars > 0
union all
select
    c.timeframe,
    c.instrument_id,
    c.id,
    v.output,
    c.bucket,
    v.value
from ledger.indicator_values as c
cross join lateral unnest(c.outputs, c.results) as v (output, value);
comment on view indicators.indicators_live is
'Watched indicators as of the newest closed bar, kept current by the daemon.';
