-- indicators.natr(instrument_id, timeframe, length, since, until, forming) → average true range as a percentage of the
-- close.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.natr.
-- needs: bars

create function indicators.natr(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, natr double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.natr
    from
        indicators.bars(
            natr.instrument_id, natr.timeframe, natr.since, natr.until, natr.forming, 'NATR', natr.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.natr(b.high, b.low, b.close, natr.length)) as v (bucket, natr)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.natr(integer, text, integer, timestamptz, timestamptz, boolean) is
'Normalized average true range.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'NATR',
    'Normalized Average True Range',
    'volatility',
    '{natr}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.natr(high, low, close, {length})',
    '{length}',
    '28 * {length}',
    'as ATR; null where the close is 0; TA-Lib does not divide for length 1; tulip starts from the first bar',
    '{TA-Lib, pandas-ta}'
);
