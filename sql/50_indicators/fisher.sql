-- indicators.fisher(instrument_id, timeframe, length, since, until, forming) → Fisher transform of where the middle of
-- the bar lies among those of length bars, and its value of the bar before.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.fisher.
-- needs: bars

create function indicators.fisher(
    instrument_id integer,
    timeframe text,
    length integer default 9,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, fisher double precision, trigger double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.fisher,
        v.trigger
    from
        indicators.bars(
            fisher.instrument_id, fisher.timeframe, fisher.since, fisher.until, fisher.forming,
            'FISHER', fisher.length
        ) as b
    cross join lateral kernels.fisher(b.high, b.low, fisher.length) as k
    cross join lateral unnest(b.bucket, k.fisher, k.trigger) as v (bucket, fisher, trigger)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.fisher(integer, text, integer, timestamptz, timestamptz, boolean) is
'Fisher transform and its trigger, the value of the bar before.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'FISHER',
    'Fisher Transform',
    'momentum',
    '{fisher, trigger}',
    '[{"name": "length", "type": "integer", "default": 9, "min": 2, "max": 1000}]',
    'kernels.fisher(high, low, {length})',
    '{length}',
    '{length} + 100',
    'TradingView''s recursion, from 0: null where all the middles are equal, after which it starts anew; tulip '
    'goes on as at the lowest, and its first trigger is 0; pandas-ta does both with ranges up to 0.001 and starts '
    'a bar later',
    '{tulip}'
);
