-- indicators.ema(instrument_id, timeframe, length, since, until, forming) → exponential moving average of the closes,
-- in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ema.
-- needs: bars

create function indicators.ema(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, ema double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.ema
    from
        indicators.bars(
            ema.instrument_id, ema.timeframe, ema.since, ema.until, ema.forming, 'EMA', ema.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.ema(b.close, ema.length)) as v (bucket, ema)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ema(integer, text, integer, timestamptz, timestamptz, boolean) is
'Exponential moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'EMA',
    'Exponential Moving Average',
    'average',
    '{ema}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.ema(close, {length})',
    '{length} - 1',
    '14 * ({length} + 1)',
    'seeded with a simple average, as TA-Lib and pandas-ta; tulip starts from the first close',
    '{TA-Lib, pandas-ta}'
);
