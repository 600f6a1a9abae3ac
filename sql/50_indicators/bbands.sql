-- indicators.bbands(instrument_id, timeframe, length, multiplier, since, until, forming) → Bollinger bands of the
-- closes, in rupees; bandwidth: their distance as a percentage of the middle; percent_b: the close between them, 0 at
-- the lower, 1 at the upper, null where they are one.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.bbands.
-- needs: bars

create function indicators.bbands(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    multiplier double precision default 2,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (
    bucket timestamptz,
    upper double precision,
    middle double precision,
    lower double precision,
    bandwidth double precision,
    percent_b double precision
)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.upper,
        v.middle,
        v.lower,
        v.bandwidth,
        v.percent_b
    from
        indicators.bars(
            bbands.instrument_id, bbands.timeframe, bbands.since, bbands.until, bbands.forming,
            'BBANDS', bbands.length, bbands.multiplier
        ) as b
    cross join lateral kernels.bbands(b.close, bbands.length, bbands.multiplier) as k
    cross join
        lateral unnest(
            b.bucket, k.upper, k.middle, k.lower, k.bandwidth, k.percent_b
        ) as v (bucket, upper, middle, lower, bandwidth, percent_b)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.bbands(integer, text, integer, double precision, timestamptz, timestamptz, boolean) is
'Bollinger bands, their width and where the close stands between them.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'BBANDS',
    'Bollinger Bands',
    'volatility',
    '{upper, middle, lower, bandwidth, percent_b}',
    '[
        {"name": "length", "type": "integer", "default": 20, "min": 2, "max": 1000},
        {"name": "multiplier", "type": "real", "default": 2, "min": 0.1, "max": 10}
    ]',
    'kernels.bbands(close, {length}, {multiplier})',
    '{length} - 1',
    '{length} - 1',
    'population standard deviation; bandwidth in percent, percent_b as a fraction; null where the bands are one',
    '{TA-Lib, pandas-ta, tulip}'
);
