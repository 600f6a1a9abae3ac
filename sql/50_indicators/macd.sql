-- indicators.macd(instrument_id, timeframe, fast_length, slow_length, signal_length, since, until, forming) → moving
-- average convergence/divergence of the closes, its signal line and their difference, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.macd.
-- needs: bars

create function indicators.macd(
    instrument_id integer,
    timeframe text,
    fast_length integer default 12,
    slow_length integer default 26,
    signal_length integer default 9,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, macd double precision, signal double precision, histogram double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.macd,
        v.signal,
        v.histogram
    from
        indicators.bars(
            macd.instrument_id, macd.timeframe, macd.since, macd.until, macd.forming,
            'MACD', macd.fast_length, macd.slow_length, macd.signal_length
        ) as b
    cross join lateral kernels.macd(b.close, macd.fast_length, macd.slow_length, macd.signal_length) as k
    cross join lateral unnest(b.bucket, k.macd, k.signal, k.histogram) as v (bucket, macd, signal, histogram)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.macd(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Moving average convergence/divergence, its signal line and histogram.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'MACD',
    'Moving Average Convergence/Divergence',
    'momentum',
    '{macd, signal, histogram}',
    '[
        {"name": "fast_length", "type": "integer", "default": 12, "min": 1, "max": 1000},
        {"name": "slow_length", "type": "integer", "default": 26, "min": 2, "max": 1000},
        {"name": "signal_length", "type": "integer", "default": 9, "min": 1, "max": 1000}
    ]',
    '{fast_length} < {slow_length}',
    'kernels.macd(close, {fast_length}, {slow_length}, {signal_length})',
    '{slow_length} + {signal_length} - 2',
    '14 * ({slow_length} + 1) + 14 * ({signal_length} + 1)',
    'each average is seeded with a simple average of its own first values; TA-Lib starts the fast one '
    'later, tulip from the first close',
    '{pandas-ta}'
);
