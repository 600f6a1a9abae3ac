-- indicators.sma(instrument_id, timeframe, length, since, until, forming) → mean of the newest length closes, in
-- rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.sma.
-- needs: bars

create function indicators.sma(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, sma double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.sma
    from
        indicators.bars(
            sma.instrument_id, sma.timeframe, sma.since, sma.until, sma.forming, 'SMA', sma.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.sma(b.close, sma.length)) as v (bucket, sma)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.sma(integer, text, integer, timestamptz, timestamptz, boolean) is
'Simple moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'SMA',
    'Simple Moving Average',
    'average',
    '{sma}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.sma(close, {length})',
    '{length} - 1',
    '{length} - 1',
    'none differs',
    '{TA-Lib, pandas-ta, tulip}'
);
