-- indicators.vwap(instrument_id, timeframe, since, until, forming) → volume weighted average price of the trading day
-- so far, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.vwap.
-- needs: bars

create function indicators.vwap(
    instrument_id integer,
    timeframe text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, vwap double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.vwap
    from
        indicators.bars(
            vwap.instrument_id, vwap.timeframe, vwap.since, vwap.until, vwap.forming, 'VWAP', variadic '{}'
        ) as b
    cross join
        lateral unnest(b.bucket, kernels.vwap(b.high, b.low, b.close, b.volume, b.session_date)) as v (bucket, vwap)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.vwap(integer, text, timestamptz, timestamptz, boolean) is
'Volume weighted average price of the trading day.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, sessions, convention, oracles)
values (
    'VWAP',
    'Volume Weighted Average Price',
    'volume',
    '{vwap}',
    '[]',
    'kernels.vwap(high, low, close, volume, session_date)',
    '0',
    '0',
    0,
    'starts anew with each trading day, as TA-Lib does when it is given one alone; null while the day has no volume',
    '{TA-Lib, pandas-ta}'
);
