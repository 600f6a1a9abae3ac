-- indicators.rsi(instrument_id, timeframe, length, since, until, forming) → relative strength index of closes, 0..100.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.rsi.
-- needs: bars

create function indicators.rsi(
    instrument_id integer,
    timeframe text,
    length integer default 14,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, rsi double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.rsi
    from
        indicators.bars(
            rsi.instrument_id, rsi.timeframe, rsi.since, rsi.until, rsi.forming, 'RSI', rsi.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.rsi(b.close, rsi.length)) as v (bucket, rsi)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.rsi(integer, text, integer, timestamptz, timestamptz, boolean) is
'Relative strength index.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'RSI',
    'Relative Strength Index',
    'momentum',
    '{rsi}',
    '[{"name": "length", "type": "integer", "default": 14, "min": 1, "max": 1000}]',
    'kernels.rsi(close, {length})',
    '{length}',
    '56 * {length}',
    'Wilder''s smoothing, seeded with simple averages; null where nothing has moved, as pandas-ta, or what has moved '
    'has faded to 1e-12 of the close',
    '{TA-Lib, pandas-ta, tulip}'
);
