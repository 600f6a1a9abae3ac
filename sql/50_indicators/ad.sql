-- indicators.ad(instrument_id, timeframe, since, until, forming) → accumulation/distribution line of the bars, in
-- units, from the anchor.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ad.
-- needs: bars

create function indicators.ad(
    instrument_id integer,
    timeframe text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, ad double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.ad
    from
        indicators.bars(
            ad.instrument_id, ad.timeframe, ad.since, ad.until, ad.forming, 'AD', variadic '{}'
        ) as b
    cross join lateral unnest(b.bucket, kernels.ad(b.high, b.low, b.close, b.volume)) as v (bucket, ad)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ad(integer, text, timestamptz, timestamptz, boolean) is
'Accumulation/distribution line.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, convention, oracles)
values (
    'AD',
    'Accumulation/Distribution Line',
    'volume',
    '{ad}',
    '[]',
    'kernels.ad(high, low, close, volume)',
    '0',
    'a bar without a range adds 0',
    '{TA-Lib, pandas-ta, tulip}'
);
