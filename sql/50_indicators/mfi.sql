-- indicators.mfi(instrument_id, timeframe, length, since, until, forming) → money flow index of the bars, 0..100.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.mfi.
-- needs: bars

create function indicators.mfi(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, mfi double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.mfi
    from
        indicators.bars(
            mfi.instrument_id, mfi.timeframe, mfi.since, mfi.until, mfi.forming, 'MFI', mfi.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.mfi(b.high, b.low, b.close, b.volume, mfi.length)) as v (bucket, mfi)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.mfi(integer, text, integer, timestamptz, timestamptz, boolean) is
'Money flow index.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'MFI',
    'Money Flow Index',
    'volume',
    '{mfi}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.mfi(high, low, close, volume, {length})',
    '{length}',
    '{length}',
    '0 while no money flows; typical prices that differ by rounding alone are equal, as in TA-Lib since 0.8; pandas-ta '
    'takes them for a move',
    '{TA-Lib, tulip}'
);
