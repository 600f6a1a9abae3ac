-- indicators.kc(instrument_id, timeframe, length, multiplier, atr_length, since, until, forming) → Keltner channels, in
-- rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.kc.
-- needs: bars

create function indicators.kc(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    multiplier double precision default 2,
    atr_length integer default 10,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, upper double precision, middle double precision, lower double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.upper,
        v.middle,
        v.lower
    from
        indicators.bars(
            kc.instrument_id, kc.timeframe, kc.since, kc.until, kc.forming,
            'KC', kc.length, kc.multiplier, kc.atr_length
        ) as b
    cross join lateral kernels.kc(b.high, b.low, b.close, kc.length, kc.multiplier, kc.atr_length) as k
    cross join lateral unnest(b.bucket, k.upper, k.middle, k.lower) as v (bucket, upper, middle, lower)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.kc(
    integer, text, integer, double precision, integer, timestamptz, timestamptz, boolean
) is 'Keltner channels.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'KC',
    'Keltner Channels',
    'volatility',
    '{upper, middle, lower}',
    '[
        {"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000},
        {"name": "multiplier", "type": "real", "default": 2, "min": 0.1, "max": 10},
        {"name": "atr_length", "type": "integer", "default": 10, "min": 1, "max": 1000}
    ]',
    'kernels.kc(high, low, close, {length}, {multiplier}, {atr_length})',
    'greatest({length} - 1, {atr_length})',
    'greatest(14 * ({length} + 1), 28 * {atr_length})',
    'as TradingView, of TA-Lib''s EMA and ATR; its KC takes typical prices, pandas-ta an ema of true ranges',
    '{TA-Lib}'
);
