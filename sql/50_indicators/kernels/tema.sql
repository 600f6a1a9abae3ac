-- kernels.tema(x, length) → triple exponential moving average: 3 * ema - 3 * ema of ema + ema of that. Null for the
-- first 3 * (length - 1) values. Units: those of x.
-- Source: Patrick Mulloy, Smoothing data with faster moving averages, 1994; TA-Lib TEMA.
-- needs: ema, start

create function kernels.tema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 3 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    once double precision := head_1[first];
    twice double precision := head_2[first];
    thrice double precision := (kernels.ema(head_2, length))[first];
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := 3 * once - 3 * twice + thrice;
        once := once + a * (x[i + 1] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
        thrice := thrice + a * (twice - thrice) + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;
comment on function kernels.tema(double precision[], integer) is
'Triple exponential moving average of a series.';
