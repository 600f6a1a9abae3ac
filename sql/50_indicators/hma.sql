-- indicators.hma(instrument_id, timeframe, length, since, until, forming) → Hull moving average of the closes, in
-- rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.hma.
-- needs: bars

create function indicators.hma(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, hma double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.hma
    from
        indicators.bars(
            hma.instrument_id, hma.timeframe, hma.since, hma.until, hma.forming, 'HMA', hma.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.hma(b.close, hma.length)) as v (bucket, hma)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.hma(integer, text, integer, timestamptz, timestamptz, boolean) is
'Hull moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'HMA',
    'Hull Moving Average',
    'average',
    '{hma}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 2, "max": 1000}]',
    'kernels.hma(close, {length})',
    '{length} + floor(sqrt({length}))::integer - 2',
    '{length} + floor(sqrt({length}))::integer - 2',
    'half the length and its root are rounded down',
    '{TA-Lib, pandas-ta, tulip}'
);
