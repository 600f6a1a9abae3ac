-- indicators.ao(instrument_id, timeframe, fast_length, slow_length, since, until, forming) → awesome oscillator: short
-- less long average of the middle of the bar, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ao.
-- needs: bars

create function indicators.ao(
    instrument_id integer,
    timeframe text,
    fast_length integer default 5,
    slow_length integer default 34,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, ao double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.ao
    from
        indicators.bars(
            ao.instrument_id, ao.timeframe, ao.since, ao.until, ao.forming, 'AO', ao.fast_length, ao.slow_length
        ) as b
    cross join lateral unnest(b.bucket, kernels.ao(b.high, b.low, ao.fast_length, ao.slow_length)) as v (bucket, ao)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ao(integer, text, integer, integer, timestamptz, timestamptz, boolean) is
'Awesome oscillator.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'AO',
    'Awesome Oscillator',
    'momentum',
    '{ao}',
    '[
        {"name": "fast_length", "type": "integer", "default": 5, "min": 1, "max": 1000},
        {"name": "slow_length", "type": "integer", "default": 34, "min": 2, "max": 1000}
    ]',
    '{fast_length} < {slow_length}',
    'kernels.ao(high, low, {fast_length}, {slow_length})',
    '{slow_length} - 1',
    '{slow_length} - 1',
    'simple averages of (high + low) / 2',
    '{TA-Lib, pandas-ta, tulip}'
);
