-- kernels.macd(x, fast_length, slow_length, signal_length) → macd: ema(fast) - ema(slow); its signal: ema of macd;
-- histogram: macd - signal. Each average is seeded with its own first values. Null: macd for slow_length - 1 values,
-- the others for signal_length - 1 more. Units: those of x.
-- Source: Gerald Appel; TradingView ta.macd.
-- needs: ema, start

create function kernels.macd(
    x double precision[],
    fast_length integer,
    slow_length integer,
    signal_length integer,
    out macd double precision[],
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
    m double precision;
    s double precision := 0;
begin
    macd := array_fill(null::double precision, array[last]);
    signal := macd;
    histogram := macd;
    for i in first..last loop
        m := fast - slow;
        s := s + case when i > signal_first then signal_factor * (m - s) else (m - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        macd[i] := m;
        signal[i] := s;
        histogram[i] := m - s;
        fast := fast + fast_factor * (x[i + 1] - fast) + 1e-290 - 1e-290;
        slow := slow + slow_factor * (x[i + 1] - slow) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
        histogram[i] := null;
    end loop;
end
$$;
comment on function kernels.macd(double precision[], integer, integer, integer) is
'Moving average convergence/divergence of a series, its signal and their difference.';
