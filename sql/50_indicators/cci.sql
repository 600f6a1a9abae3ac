-- indicators.cci(instrument_id, timeframe, length, since, until, forming) → commodity channel index: deviation of the
-- typical price from its mean, in units of 0.015 mean deviations.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.cci.
-- needs: bars

create function indicators.cci(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, cci double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.cci
    from
        indicators.bars(
            cci.instrument_id, cci.timeframe, cci.since, cci.until, cci.forming, 'CCI', cci.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.cci(b.high, b.low, b.close, cci.length)) as v (bucket, cci)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.cci(integer, text, integer, timestamptz, timestamptz, boolean) is
'Commodity channel index.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'CCI',
    'Commodity Channel Index',
    'momentum',
    '{cci}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 2, "max": 1000}]',
    'kernels.cci(high, low, close, {length})',
    '{length} - 1',
    '{length} - 1',
    'mean absolute deviation from the mean of the window; 0 where the typical price stands still',
    '{TA-Lib, pandas-ta, tulip}'
);
