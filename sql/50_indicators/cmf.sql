-- indicators.cmf(instrument_id, timeframe, length, since, until, forming) → Chaikin money flow of the bars, -1..1.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.cmf.
-- needs: bars

create function indicators.cmf(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, cmf double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.cmf
    from
        indicators.bars(
            cmf.instrument_id, cmf.timeframe, cmf.since, cmf.until, cmf.forming, 'CMF', cmf.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.cmf(b.high, b.low, b.close, b.volume, cmf.length)) as v (bucket, cmf)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.cmf(integer, text, integer, timestamptz, timestamptz, boolean) is
'Chaikin money flow.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'CMF',
    'Chaikin Money Flow',
    'volume',
    '{cmf}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.cmf(high, low, close, volume, {length})',
    '{length} - 1',
    '{length} - 1',
    'a bar without a range counts as 0; null where no bar has volume',
    '{TA-Lib, pandas-ta, tulip}'
);
