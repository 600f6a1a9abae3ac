-- kernels.ppo(x, fast_length, slow_length, signal_length) → ppo: percentage price oscillator, ema(fast) - ema(slow) in
-- percent of ema(slow); its signal: ema of ppo; histogram: ppo - signal. Each average is seeded with its own first
-- values. ppo is 0 where ema(slow) is, as in TA-Lib, and where they differ by less than 1e-12 of it, which is rounding.
-- Null: ppo for slow_length - 1 values, the others for signal_length - 1 more.
-- Source: Gerald Appel; TA-Lib PPO with exponential averages.
-- needs: ema

create function kernels.ppo(
    x double precision[],
    fast_length integer,
    slow_length integer,
    signal_length integer,
    out ppo double precision[],
    out signal double precision[],
    out histogram double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    slow double precision;
    difference double precision;
    fast_ema double precision[] := kernels.ema(x, fast_length);
    slow_ema double precision[] := kernels.ema(x, slow_length);
begin
    ppo := slow_ema;
    for i in slow_length..cardinality(x) loop
        slow := slow_ema[i];
        difference := fast_ema[i] - slow;
        ppo[i] := case when slow = 0 or abs(difference) <= 1e-12 * abs(slow) then 0 else 100 * (difference / slow) end;
    end loop;
    signal := kernels.ema(ppo, signal_length);
    histogram := signal;
    for i in slow_length + signal_length - 1..cardinality(x) loop
        histogram[i] := ppo[i] - signal[i];
    end loop;
end
$$;
comment on function kernels.ppo(double precision[], integer, integer, integer) is
'Percentage price oscillator of a series, its signal and their difference.';
