-- indicators.chop(instrument_id, timeframe, length, since, until, forming) → choppiness index: 0 a straight way, 100
-- none.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.chop.
-- needs: bars

create function indicators.chop(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, chop double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.chop
    from
        indicators.bars(
            chop.instrument_id, chop.timeframe, chop.since, chop.until, chop.forming, 'CHOP', chop.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.chop(b.high, b.low, b.close, chop.length)) as v (bucket, chop)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.chop(integer, text, integer, timestamptz, timestamptz, boolean) is
'Choppiness index.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'CHOP',
    'Choppiness Index',
    'volatility',
    '{chop}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 2, "max": 1000}]',
    'kernels.chop(high, low, close, {length})',
    '{length}',
    '{length}',
    'true ranges against the whole range; null where that is 0; a gap before the window can lift it above 100',
    '{pandas-ta}'
);
