-- indicators.aroon(instrument_id, timeframe, length, since, until, forming) → how lately the highest high and the
-- lowest low of the newest bars came, 0..100, and the difference, up - down.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.aroon.
-- needs: bars

create function indicators.aroon(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, up double precision, down double precision, oscillator double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.up,
        v.down,
        v.oscillator
    from
        indicators.bars(
            aroon.instrument_id, aroon.timeframe, aroon.since, aroon.until, aroon.forming, 'AROON', aroon.length
        ) as b
    cross join lateral kernels.aroon(b.high, b.low, aroon.length) as k
    cross join lateral unnest(b.bucket, k.up, k.down, k.oscillator) as v (bucket, up, down, oscillator)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.aroon(integer, text, integer, timestamptz, timestamptz, boolean) is
'Aroon up, down and oscillator.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'AROON',
    'Aroon',
    'trend',
    '{up, down, oscillator}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.aroon(high, low, {length})',
    '{length}',
    '{length}',
    'window of length + 1 bars; of equal extremes the newest counts',
    '{TA-Lib, pandas-ta, tulip}'
);
