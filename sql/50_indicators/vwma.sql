-- indicators.vwma(instrument_id, timeframe, length, since, until, forming) → mean of the newest length closes, each
-- weighing its volume, in rupees; null where nothing traded.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.vwma.
-- needs: bars

create function indicators.vwma(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, vwma double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.vwma
    from
        indicators.bars(
            vwma.instrument_id, vwma.timeframe, vwma.since, vwma.until, vwma.forming, 'VWMA', vwma.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.vwma(b.close, b.volume, vwma.length)) as v (bucket, vwma)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.vwma(integer, text, integer, timestamptz, timestamptz, boolean) is
'Volume weighted moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'VWMA',
    'Volume Weighted Moving Average',
    'average',
    '{vwma}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.vwma(close, volume, {length})',
    '{length} - 1',
    '{length} - 1',
    'null where no volume traded in the window',
    '{TA-Lib, pandas-ta, tulip}'
);
