-- indicators.stddev(instrument_id, timeframe, length, since, until, forming) → population standard deviation of the
-- newest length closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.stddev.
-- needs: bars

create function indicators.stddev(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, stddev double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.stddev
    from
        indicators.bars(
            stddev.instrument_id, stddev.timeframe, stddev.since, stddev.until, stddev.forming,
            'STDDEV', stddev.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.stddev(b.close, stddev.length)) as v (bucket, stddev)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.stddev(integer, text, integer, timestamptz, timestamptz, boolean) is
'Standard deviation.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'STDDEV',
    'Standard Deviation',
    'volatility',
    '{stddev}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.stddev(close, {length})',
    '{length} - 1',
    '{length} - 1',
    'population, divided by length; 0 for equal closes',
    '{TA-Lib, pandas-ta, tulip}'
);
