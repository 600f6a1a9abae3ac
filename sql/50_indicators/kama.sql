-- indicators.kama(instrument_id, timeframe, length, fast_length, slow_length, since, until, forming) → Kaufman's
-- adaptive moving average of the closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.kama.
-- needs: bars

create function indicators.kama(
    instrument_id integer,
    timeframe text,
    length integer default 10,
    fast_length integer default 2,
    slow_length integer default 30,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, kama double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.kama
    from
        indicators.bars(
            kama.instrument_id, kama.timeframe, kama.since, kama.until, kama.forming,
            'KAMA', kama.length, kama.fast_length, kama.slow_length
        ) as b
    cross join
        lateral unnest(
            b.bucket, kernels.kama(b.close, kama.length, kama.fast_length, kama.slow_length)
        ) as v (bucket, kama)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.kama(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Kaufman''s adaptive moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, convention, oracles)
values (
    'KAMA',
    'Kaufman''s Adaptive Moving Average',
    'average',
    '{kama}',
    '[
        {"name": "length", "type": "integer", "default": 10, "min": 1, "max": 1000},
        {"name": "fast_length", "type": "integer", "default": 2, "min": 1, "max": 1000},
        {"name": "slow_length", "type": "integer", "default": 30, "min": 2, "max": 1000}
    ]',
    '{fast_length} < {slow_length}',
    'kernels.kama(close, {length}, {fast_length}, {slow_length})',
    '{length}',
    'starts from the close before its first value; fastest where nothing has moved, there pandas-ta takes 1 / length',
    '{TA-Lib, pandas-ta, tulip}'
);
