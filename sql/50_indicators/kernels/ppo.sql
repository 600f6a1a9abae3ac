-- kernels.ppo(x, fast_length, slow_length, signal_length) → ppo: percentage price oscillator, ema(fast) - ema(slow) in
-- percent of ema(slow); its signal: ema of ppo; histogram: ppo - signal. Each average is seeded with its own first
-- values. ppo is 0 where ema(slow) is, as in TA-Lib, and where they differ by less than 1e-12 of it, which is rounding.
-- Null: ppo for slow_length - 1 values, the others for signal_length - 1 more.
-- Source: Gerald Appel; TA-Lib PPO with exponential averages.
-- needs: ema, start

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
    fast_factor double precision := 2::double precision / (fast_length + 1);
    slow_factor double precision := 2::double precision / (slow_length + 1);
    signal_factor double precision := 2::double precision / (signal_length + 1);
    last integer := cardinality(x);
    first integer := kernels.start(x) + slow_length - 1;
    signal_first integer := first + signal_length - 1;
    fast double precision := (kernels.ema(x[:first], fast_length))[first];
    slow double precision := (kernels.ema(x[:first], slow_length))[first];
    p double precision;
    s double precision := 0;
begin
    ppo := array_fill(null::double precision, array[last]);
    signal := ppo;
    histogram := ppo;
    for i in first..last loop
        p := case when slow = 0 or abs(fast - slow) <= 1e-12 * abs(slow) then 0 else 100 * ((fast - slow) / slow) end;
        s := s + case when i > signal_first then signal_factor * (p - s) else (p - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        ppo[i] := p;
        signal[i] := s;
        histogram[i] := p - s;
        fast := fast + fast_factor * (x[i + 1] - fast) + 1e-290 - 1e-290;
        slow := slow + slow_factor * (x[i + 1] - slow) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
        histogram[i] := null;
    end loop;
end
$$;
comment on function kernels.ppo(double precision[], integer, integer, integer) is
'Percentage price oscillator of a series, its signal and their difference.';
