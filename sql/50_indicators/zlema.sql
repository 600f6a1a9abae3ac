-- indicators.zlema(instrument_id, timeframe, length, since, until, forming) → zero lag exponential moving average of
-- the closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.zlema.
-- needs: bars

create function indicators.zlema(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, zlema double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.zlema
    from
        indicators.bars(
            zlema.instrument_id, zlema.timeframe, zlema.since, zlema.until, zlema.forming, 'ZLEMA', zlema.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.zlema(b.close, zlema.length)) as v (bucket, zlema)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.zlema(integer, text, integer, timestamptz, timestamptz, boolean) is
'Zero lag exponential moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'ZLEMA',
    'Zero Lag Exponential Moving Average',
    'average',
    '{zlema}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.zlema(close, {length})',
    '{length} - 1 + ({length} - 1) / 2',
    '14 * ({length} + 1) + ({length} - 1) / 2',
    'the lag (length - 1) / 2 is rounded down; seeded with a simple average; tulip starts from a close',
    '{TA-Lib, pandas-ta}'
);
