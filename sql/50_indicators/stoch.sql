-- indicators.stoch(instrument_id, timeframe, length, smooth_k, smooth_d, since, until, forming) → stochastic
-- oscillator: where the close lies between the lowest low and the highest high, smoothed (%K), and its average (%D),
-- 0..100.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.stoch.
-- needs: bars

create function indicators.stoch(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    smooth_k integer default 3,
    smooth_d integer default 3,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, k double precision, d double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.k,
        v.d
    from
        indicators.bars(
            stoch.instrument_id, stoch.timeframe, stoch.since, stoch.until, stoch.forming,
            'STOCH', stoch.length, stoch.smooth_k, stoch.smooth_d
        ) as b
    cross join lateral kernels.stoch(b.high, b.low, b.close, stoch.length, stoch.smooth_k, stoch.smooth_d) as k
    cross join lateral unnest(b.bucket, k.k, k.d) as v (bucket, k, d)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.stoch(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Stochastic oscillator: smoothed %K and its average %D.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'STOCH',
    'Stochastic Oscillator',
    'momentum',
    '{k, d}',
    '[
        {"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000},
        {"name": "smooth_k", "type": "integer", "default": 3, "min": 1, "max": 1000},
        {"name": "smooth_d", "type": "integer", "default": 3, "min": 1, "max": 1000}
    ]',
    'kernels.stoch(high, low, close, {length}, {smooth_k}, {smooth_d})',
    '{length} + {smooth_k} + {smooth_d} - 3',
    '{length} + {smooth_k} + {smooth_d} - 3',
    '%K is smoothed (the slow stochastic), with simple averages; 0 where high and low are equal; pandas-ta writes '
    'the parameters as length, smooth_d, smooth_k',
    '{TA-Lib, pandas-ta, tulip}'
);
