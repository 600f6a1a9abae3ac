-- kernels.macd(x, fast_length, slow_length, signal_length) → macd: ema(fast) - ema(slow); its signal: ema of macd;
-- histogram: macd - signal. Each average is seeded with its own first values. Null: macd for slow_length - 1 values,
-- the others for signal_length - 1 more. Units: those of x.
-- Source: Gerald Appel; TradingView ta.macd.
-- needs: ema

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
    fast_ema double precision[] := kernels.ema(x, fast_length);
    slow_ema double precision[] := kernels.ema(x, slow_length);
begin
    macd := slow_ema;
    for i in slow_length..cardinality(x) loop
        macd[i] := fast_ema[i] - slow_ema[i];
    end loop;
    signal := kernels.ema(macd, signal_length);
    histogram := signal;
    for i in slow_length + signal_length - 1..cardinality(x) loop
        histogram[i] := macd[i] - signal[i];
    end loop;
end
$$;
comment on function kernels.macd(double precision[], integer, integer, integer) is
'Moving average convergence/divergence of a series, its signal and their difference.';
