-- indicators.mama(instrument_id, timeframe, fast_limit, slow_limit, since, until, forming) → MESA adaptive moving
-- average of the closes and the one that follows it, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.mama.
-- needs: bars

create function indicators.mama(
    instrument_id integer,
    timeframe text,
    fast_limit double precision default 0.5,
    slow_limit double precision default 0.05,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, mama double precision, fama double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.mama,
        v.fama
    from
        indicators.bars(
            mama.instrument_id, mama.timeframe, mama.since, mama.until, mama.forming,
            'MAMA', mama.fast_limit, mama.slow_limit
        ) as b
    cross join lateral kernels.mama(b.close, mama.fast_limit, mama.slow_limit) as k
    cross join lateral unnest(b.bucket, k.mama, k.fama) as v (bucket, mama, fama)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.mama(
    integer, text, double precision, double precision, timestamptz, timestamptz, boolean
) is 'MESA adaptive moving average and its following one.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'MAMA',
    'MESA Adaptive Moving Average',
    'average',
    '{mama, fama}',
    '[
        {"name": "fast_limit", "type": "real", "default": 0.5, "min": 0.01, "max": 0.99},
        {"name": "slow_limit", "type": "real", "default": 0.05, "min": 0.01, "max": 0.99}
    ]',
    '{slow_limit} <= {fast_limit}',
    'kernels.mama(close, {fast_limit}, {slow_limit})',
    '32',
    'ceil(56 / {slow_limit})::integer + 200',
    'starts from the first close, TA-Lib and pandas-ta from 0: they agree on closes less the first one; what has '
    'faded to 1e-12 of the close turns no phase',
    '{TA-Lib, pandas-ta}'
);
