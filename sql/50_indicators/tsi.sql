-- indicators.tsi(instrument_id, timeframe, fast_length, slow_length, signal_length, since, until, forming) → true
-- strength index of the closes, -100..100, and its signal line.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.tsi.
-- needs: bars

create function indicators.tsi(
    instrument_id integer,
    timeframe text,
    fast_length integer default 13,
    slow_length integer default 25,
    signal_length integer default 13,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, tsi double precision, signal double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.tsi,
        v.signal
    from
        indicators.bars(
            tsi.instrument_id, tsi.timeframe, tsi.since, tsi.until, tsi.forming,
            'TSI', tsi.fast_length, tsi.slow_length, tsi.signal_length
        ) as b
    cross join lateral kernels.tsi(b.close, tsi.fast_length, tsi.slow_length, tsi.signal_length) as k
    cross join lateral unnest(b.bucket, k.tsi, k.signal) as v (bucket, tsi, signal)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.tsi(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'True strength index and its signal line.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'TSI',
    'True Strength Index',
    'momentum',
    '{tsi, signal}',
    '[
        {"name": "fast_length", "type": "integer", "default": 13, "min": 1, "max": 1000},
        {"name": "slow_length", "type": "integer", "default": 25, "min": 1, "max": 1000},
        {"name": "signal_length", "type": "integer", "default": 13, "min": 1, "max": 1000}
    ]',
    '{fast_length} <= {slow_length}',
    'kernels.tsi(close, {fast_length}, {slow_length}, {signal_length})',
    '{slow_length} + {fast_length} + {signal_length} - 2',
    '14 * ({slow_length} + 1) + 14 * ({fast_length} + 1) + 14 * ({signal_length} + 1)',
    'averaged over slow_length first, each average seeded with a simple average of its own first values; null '
    'where nothing has moved, as pandas-ta, or what has moved has faded to 1e-12 of the close',
    '{TA-Lib, pandas-ta}'
);
