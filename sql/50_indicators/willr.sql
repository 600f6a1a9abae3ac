-- indicators.willr(instrument_id, timeframe, length, since, until, forming) → Williams %R: how far the close lies below
-- the highest high, in percent of the extent, -100..0.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.willr.
-- needs: bars

create function indicators.willr(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, willr double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.willr
    from
        indicators.bars(
            willr.instrument_id, willr.timeframe, willr.since, willr.until, willr.forming, 'WILLR', willr.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.willr(b.high, b.low, b.close, willr.length)) as v (bucket, willr)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.willr(integer, text, integer, timestamptz, timestamptz, boolean) is
'Williams %R.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'WILLR',
    'Williams %R',
    'momentum',
    '{willr}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.willr(high, low, close, {length})',
    '{length} - 1',
    '{length} - 1',
    '0 where high and low are equal',
    '{TA-Lib, pandas-ta, tulip}'
);
