-- indicators.roc(instrument_id, timeframe, length, since, until, forming) → rate of change of the close over length
-- bars, in percent.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.roc.
-- needs: bars

create function indicators.roc(
    instrument_id integer,
    timeframe text,
    length integer default 10,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, roc double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.roc
    from
        indicators.bars(
            roc.instrument_id, roc.timeframe, roc.since, roc.until, roc.forming, 'ROC', roc.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.roc(b.close, roc.length)) as v (bucket, roc)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.roc(integer, text, integer, timestamptz, timestamptz, boolean) is
'Rate of change of the close, in percent.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'ROC',
    'Rate of Change',
    'momentum',
    '{roc}',
    '[{"name": "length", "type": "integer", "default": 10, "min": 1, "max": 1000}]',
    'kernels.roc(close, {length})',
    '{length}',
    '{length}',
    'in percent; tulip gives the fraction',
    '{TA-Lib, pandas-ta, tulip}'
);
