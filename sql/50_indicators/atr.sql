-- indicators.atr(instrument_id, timeframe, length, since, until, forming) → average true range, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.atr.
-- needs: bars

create function indicators.atr(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, atr double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.atr
    from
        indicators.bars(
            atr.instrument_id, atr.timeframe, atr.since, atr.until, atr.forming, 'ATR', atr.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.atr(b.high, b.low, b.close, atr.length)) as v (bucket, atr)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.atr(integer, text, integer, timestamptz, timestamptz, boolean) is
'Average true range.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'ATR',
    'Average True Range',
    'volatility',
    '{atr}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.atr(high, low, close, {length})',
    '{length}',
    '28 * {length}',
    'Wilder''s smoothing from the second bar on, which has a close before it; tulip starts from the first',
    '{TA-Lib, pandas-ta}'
);
