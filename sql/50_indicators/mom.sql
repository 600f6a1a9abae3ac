-- indicators.mom(instrument_id, timeframe, length, since, until, forming) → momentum: change of the close over length
-- bars, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.mom.
-- needs: bars

create function indicators.mom(
    instrument_id integer,
    timeframe text,
    length integer default 10,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, mom double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.mom
    from
        indicators.bars(
            mom.instrument_id, mom.timeframe, mom.since, mom.until, mom.forming, 'MOM', mom.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.mom(b.close, mom.length)) as v (bucket, mom)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.mom(integer, text, integer, timestamptz, timestamptz, boolean) is
'Momentum: change of the close over so many bars.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'MOM',
    'Momentum',
    'momentum',
    '{mom}',
    '[{"name": "length", "type": "integer", "default": 10, "min": 1, "max": 1000}]',
    'kernels.mom(close, {length})',
    '{length}',
    '{length}',
    'the difference, not the ratio',
    '{TA-Lib, pandas-ta, tulip}'
);
