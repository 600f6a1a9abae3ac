-- kernels.dema(x, length) → double exponential moving average: 2 * ema - ema of ema. Null for the first
-- 2 * (length - 1) values. Units: those of x.
-- Source: Patrick Mulloy, Smoothing data with faster moving averages, 1994; TA-Lib DEMA.
-- needs: ema

create function kernels.dema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    once double precision[] := kernels.ema(x, length);
    r double precision[] := kernels.ema(once, length);
begin
    for i in 2 * length - 1..cardinality(x) loop
        r[i] := 2 * once[i] - r[i];
    end loop;
    return r;
end
$$;
comment on function kernels.dema(double precision[], integer) is
'Double exponential moving average of a series.';
