-- indicators.t3(instrument_id, timeframe, length, volume_factor, since, until, forming) → Tillson's T3 moving average
-- of the closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.t3.
-- needs: bars

create function indicators.t3(
    instrument_id integer,
    timeframe text,
    length integer default 5,
    volume_factor double precision default 0.7,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, t3 double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.t3
    from
        indicators.bars(
            t3.instrument_id, t3.timeframe, t3.since, t3.until, t3.forming, 'T3', t3.length, t3.volume_factor
        ) as b
    cross join lateral unnest(b.bucket, kernels.t3(b.close, t3.length, t3.volume_factor)) as v (bucket, t3)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.t3(integer, text, integer, double precision, timestamptz, timestamptz, boolean) is
'Tillson''s T3 moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'T3',
    'Tillson''s T3 Moving Average',
    'average',
    '{t3}',
    '[
        {"name": "length", "type": "integer", "default": 5, "min": 1, "max": 1000},
        {"name": "volume_factor", "type": "real", "default": 0.7, "min": 0, "max": 1}
    ]',
    'kernels.t3(close, {length}, {volume_factor})',
    '6 * ({length} - 1)',
    '84 * ({length} + 1)',
    'each of the six averages is seeded with a simple one',
    '{TA-Lib, pandas-ta}'
);
