-- indicators.dema(instrument_id, timeframe, length, since, until, forming) → double exponential moving average of the
-- closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.dema.
-- needs: bars

create function indicators.dema(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, dema double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.dema
    from
        indicators.bars(
            dema.instrument_id, dema.timeframe, dema.since, dema.until, dema.forming, 'DEMA', dema.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.dema(b.close, dema.length)) as v (bucket, dema)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.dema(integer, text, integer, timestamptz, timestamptz, boolean) is
'Double exponential moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'DEMA',
    'Double Exponential Moving Average',
    'average',
    '{dema}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.dema(close, {length})',
    '2 * ({length} - 1)',
    '28 * ({length} + 1)',
    'each average is seeded with a simple one, as TA-Lib and pandas-ta; tulip starts from the first close',
    '{TA-Lib, pandas-ta}'
);
