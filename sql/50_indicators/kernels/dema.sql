-- kernels.dema(x, length) → double exponential moving average: 2 * ema - ema of ema. Null for the first
-- 2 * (length - 1) values. Units: those of x.
-- Source: Patrick Mulloy, Smoothing data with faster moving averages, 1994; TA-Lib DEMA.
-- needs: ema, start

create function kernels.dema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 2 * (length - 1);
    head double precision[] := kernels.ema(x[:first], length);  -- seeds the averages
    once double precision := head[first];
    twice double precision := (kernels.ema(head, length))[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := 2 * once - twice;
        once := once + a * (x[i + 1] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;
comment on function kernels.dema(double precision[], integer) is
'Double exponential moving average of a series.';
