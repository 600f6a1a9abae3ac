-- indicators.supertrend(instrument_id, timeframe, length, multiplier, since, until, forming) → supertrend of the bars
-- in rupees, its direction (1 up, -1 down) and its final bands.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.supertrend.
-- needs: bars

create function indicators.supertrend(
    instrument_id integer,
    timeframe text,
    length integer default 10,
    multiplier double precision default 3,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (
    bucket timestamptz,
    supertrend double precision,
    direction double precision,
    upper double precision,
    lower double precision
)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.supertrend,
        v.direction,
        v.upper,
        v.lower
    from
        indicators.bars(
            supertrend.instrument_id, supertrend.timeframe, supertrend.since, supertrend.until, supertrend.forming,
            'SUPERTREND', supertrend.length, supertrend.multiplier
        ) as b
    cross join lateral kernels.supertrend(b.high, b.low, b.close, supertrend.length, supertrend.multiplier) as k
    cross join
        lateral unnest(b.bucket, k.supertrend, k.direction, k.upper, k.lower) as v (
            bucket, supertrend, direction, upper, lower
        )
    where v.bucket >= b.asked_from;
end;
comment on function indicators.supertrend(
    integer, text, integer, double precision, timestamptz, timestamptz, boolean
) is 'Supertrend, its direction and final bands.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, convention, oracles)
values (
    'SUPERTREND',
    'Supertrend',
    'trend',
    '{supertrend, direction, upper, lower}',
    '[
        {"name": "length", "type": "integer", "default": 10, "min": 1, "max": 1000},
        {"name": "multiplier", "type": "real", "default": 3, "min": 0.1, "max": 100}
    ]',
    'kernels.supertrend(high, low, close, {length}, {multiplier})',
    '{length} - 1',
    'both bands clamp; starts with -1 and the range of the first bar, TA-Lib with 1 and a bar later; keeps its '
    'direction where the bands meet, TradingView turns to -1; pandas-ta compares with the bands of the bar before',
    '{TA-Lib, TradingView}'
);
