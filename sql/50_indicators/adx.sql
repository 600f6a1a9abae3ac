-- indicators.adx(instrument_id, timeframe, length, since, until, forming) → average directional index of the bars,
-- 0..100, and the directional indicators, up and down, that it compares.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.adx.
-- needs: bars

create function indicators.adx(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, adx double precision, plus_di double precision, minus_di double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.adx,
        v.plus_di,
        v.minus_di
    from
        indicators.bars(
            adx.instrument_id, adx.timeframe, adx.since, adx.until, adx.forming, 'ADX', adx.length
        ) as b
    cross join lateral kernels.adx(b.high, b.low, b.close, adx.length) as k
    cross join lateral unnest(b.bucket, k.adx, k.plus_di, k.minus_di) as v (bucket, adx, plus_di, minus_di)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.adx(integer, text, integer, timestamptz, timestamptz, boolean) is
'Average directional index and the directional indicators.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'ADX',
    'Average Directional Index',
    'trend',
    '{adx, plus_di, minus_di}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 2, "max": 1000}]',
    'kernels.adx(high, low, close, {length})',
    '2 * {length} - 1',
    '56 * {length}',
    'sums are seeded with length - 1 changes; null where nothing has moved or what has moved has faded to 1e-12 of the '
    'close; tulip starts one bar earlier',
    '{TA-Lib, pandas-ta}'
);
