-- kernels.stoch(high, low, close, length, smooth_k, smooth_d) → k: where the close lies between the lowest low and the
-- highest high of length bars, 0..100, averaged over smooth_k bars; d: k averaged over smooth_d. Before the averages, 0
-- where high and low are equal, as in TA-Lib; less than 1e-12 of the high apart, they differ by rounding alone. Null:
-- k for length + smooth_k - 2 bars, d for smooth_d - 1 more.
-- Source: George Lane; TA-Lib STOCH.
-- needs: highest, lowest, sma, start

create function kernels.stoch(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer,
    smooth_k integer,
    smooth_d integer,
    out k double precision[],
    out d double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close) + length - 1;
    highs double precision[] := kernels.highest(high, length);
    lows double precision[] := kernels.lowest(low, length);
    extent double precision;
    raw double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first..cardinality(close) loop
        extent := highs[i] - lows[i];
        raw[i] := case when extent <= 1e-12 * abs(highs[i]) then 0 else 100 * ((close[i] - lows[i]) / extent) end;
    end loop;
    k := kernels.sma(raw, smooth_k);
    d := kernels.sma(k, smooth_d);
end
$$;
comment on function kernels.stoch(
    double precision[], double precision[], double precision[], integer, integer, integer
) is 'Stochastic oscillator of bars: smoothed %K and its average %D.';
