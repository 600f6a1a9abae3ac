-- indicators.ppo(instrument_id, timeframe, fast_length, slow_length, signal_length, since, until, forming) → percentage
-- price oscillator of the closes, its signal line and their difference, in percent.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ppo.
-- needs: bars

create function indicators.ppo(
    instrument_id integer,
    timeframe text,
    fast_length integer default 12,
    slow_length integer default 26,
    signal_length integer default 9,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, ppo double precision, signal double precision, histogram double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.ppo,
        v.signal,
        v.histogram
    from
        indicators.bars(
            ppo.instrument_id, ppo.timeframe, ppo.since, ppo.until, ppo.forming,
            'PPO', ppo.fast_length, ppo.slow_length, ppo.signal_length
        ) as b
    cross join lateral kernels.ppo(b.close, ppo.fast_length, ppo.slow_length, ppo.signal_length) as k
    cross join lateral unnest(b.bucket, k.ppo, k.signal, k.histogram) as v (bucket, ppo, signal, histogram)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ppo(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Percentage price oscillator, its signal line and histogram.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'PPO',
    'Percentage Price Oscillator',
    'momentum',
    '{ppo, signal, histogram}',
    '[
        {"name": "fast_length", "type": "integer", "default": 12, "min": 1, "max": 1000},
        {"name": "slow_length", "type": "integer", "default": 26, "min": 2, "max": 1000},
        {"name": "signal_length", "type": "integer", "default": 9, "min": 1, "max": 1000}
    ]',
    '{fast_length} < {slow_length}',
    'kernels.ppo(close, {fast_length}, {slow_length}, {signal_length})',
    '{slow_length} + {signal_length} - 2',
    '14 * ({slow_length} + 1) + 14 * ({signal_length} + 1)',
    'exponential averages, each seeded with a simple average of its own first values; tulip starts from the first '
    'value',
    '{TA-Lib, pandas-ta}'
);
