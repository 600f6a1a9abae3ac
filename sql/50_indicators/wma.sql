-- indicators.wma(instrument_id, timeframe, length, since, until, forming) → linearly weighted moving average of the
-- closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.wma.
-- needs: bars

create function indicators.wma(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, wma double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.wma
    from
        indicators.bars(
            wma.instrument_id, wma.timeframe, wma.since, wma.until, wma.forming, 'WMA', wma.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.wma(b.close, wma.length)) as v (bucket, wma)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.wma(integer, text, integer, timestamptz, timestamptz, boolean) is
'Weighted moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'WMA',
    'Weighted Moving Average',
    'average',
    '{wma}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.wma(close, {length})',
    '{length} - 1',
    '{length} - 1',
    'weights fall linearly, the newest close weighing most',
    '{TA-Lib, pandas-ta, tulip}'
);
