-- indicators.pivots(instrument_id, timeframe, since, until, forming) → floor pivots: levels of support and resistance
-- from high, low and close of the trading day before, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.pivots.
-- needs: bars

create function indicators.pivots(
    instrument_id integer,
    timeframe text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (
    bucket timestamptz,
    pivot double precision,
    r1 double precision,
    r2 double precision,
    r3 double precision,
    s1 double precision,
    s2 double precision,
    s3 double precision
)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.pivot,
        v.r1,
        v.r2,
        v.r3,
        v.s1,
        v.s2,
        v.s3
    from
        indicators.bars(
            pivots.instrument_id, pivots.timeframe, pivots.since, pivots.until, pivots.forming, 'PIVOTS', variadic '{}'
        ) as b
    cross join lateral kernels.pivots(b.high, b.low, b.close, b.session_date) as k
    cross join
        lateral unnest(b.bucket, k.pivot, k.r1, k.r2, k.r3, k.s1, k.s2, k.s3) as v (
            bucket, pivot, r1, r2, r3, s1, s2, s3
        )
    where v.bucket >= b.asked_from;
end;
comment on function indicators.pivots(integer, text, timestamptz, timestamptz, boolean) is
'Floor pivots of the trading day before.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, sessions, convention, oracles)
values (
    'PIVOTS',
    'Pivot Points',
    'level',
    '{pivot, r1, r2, r3, s1, s2, s3}',
    '[]',
    'kernels.pivots(high, low, close, session_date)',
    '1',
    '0',
    1,
    'floor pivots (TradingView''s Traditional) of the trading day before; null before its first bar',
    '{TradingView}'
);
