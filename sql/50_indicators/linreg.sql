-- indicators.linreg(instrument_id, timeframe, length, since, until, forming) → where the least squares line through the
-- newest length closes ends, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.linreg.
-- needs: bars

create function indicators.linreg(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, linreg double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.linreg
    from
        indicators.bars(
            linreg.instrument_id, linreg.timeframe, linreg.since, linreg.until, linreg.forming,
            'LINREG', linreg.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.linreg(b.close, linreg.length)) as v (bucket, linreg)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.linreg(integer, text, integer, timestamptz, timestamptz, boolean) is
'End point of the least squares line through the newest closes.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'LINREG',
    'Linear Regression',
    'average',
    '{linreg}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 2, "max": 1000}]',
    'kernels.linreg(close, {length})',
    '{length} - 1',
    '{length} - 1',
    'end point of the line',
    '{TA-Lib, pandas-ta, tulip}'
);
