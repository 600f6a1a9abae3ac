-- indicators.obv(instrument_id, timeframe, since, until, forming) → on-balance volume of the bars, in units, from the
-- anchor.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.obv.
-- needs: bars

create function indicators.obv(
    instrument_id integer,
    timeframe text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, obv double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.obv
    from
        indicators.bars(
            obv.instrument_id, obv.timeframe, obv.since, obv.until, obv.forming, 'OBV', variadic '{}'
        ) as b
    cross join lateral unnest(b.bucket, kernels.obv(b.close, b.volume)) as v (bucket, obv)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.obv(integer, text, timestamptz, timestamptz, boolean) is
'On-balance volume.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, convention, oracles)
values (
    'OBV',
    'On-Balance Volume',
    'volume',
    '{obv}',
    '[]',
    'kernels.obv(close, volume)',
    '0',
    'starts with the first volume; tulip starts with 0',
    '{TA-Lib, pandas-ta}'
);
