-- indicators.trix(instrument_id, timeframe, length, signal_length, since, until, forming) → change of the threefold
-- exponential average of the closes, in percent, and its signal line.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.trix.
-- needs: bars

create function indicators.trix(
    instrument_id integer,
    timeframe text,
    length integer default 18,
    signal_length integer default 9,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, trix double precision, signal double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.trix,
        v.signal
    from
        indicators.bars(
            trix.instrument_id, trix.timeframe, trix.since, trix.until, trix.forming,
            'TRIX', trix.length, trix.signal_length
        ) as b
    cross join lateral kernels.trix(b.close, trix.length, trix.signal_length) as k
    cross join lateral unnest(b.bucket, k.trix, k.signal) as v (bucket, trix, signal)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.trix(integer, text, integer, integer, timestamptz, timestamptz, boolean) is
'Change of the threefold exponential average, in percent, and its signal line.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'TRIX',
    'TRIX',
    'momentum',
    '{trix, signal}',
    '[
        {"name": "length", "type": "integer", "default": 18, "min": 1, "max": 1000},
        {"name": "signal_length", "type": "integer", "default": 9, "min": 1, "max": 1000}
    ]',
    'kernels.trix(close, {length}, {signal_length})',
    '3 * {length} + {signal_length} - 3',
    '3 * 14 * ({length} + 1) + {signal_length}',
    'percent; TradingView gives 10000 times the change of the logarithm; exponential averages seeded with simple '
    'ones, tulip with the first value; the signal is a simple average',
    '{TA-Lib, pandas-ta}'
);
