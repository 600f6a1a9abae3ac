-- kernels.tema(x, length) → triple exponential moving average: 3 * ema - 3 * ema of ema + ema of that. Null for the
-- first 3 * (length - 1) values. Units: those of x.
-- Source: Patrick Mulloy, Smoothing data with faster moving averages, 1994; TA-Lib TEMA.
-- needs: ema

create function kernels.tema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    once double precision[] := kernels.ema(x, length);
    twice double precision[] := kernels.ema(once, length);
    r double precision[] := kernels.ema(twice, length);
begin
    for i in 3 * length - 2..cardinality(x) loop
        r[i] := 3 * once[i] - 3 * twice[i] + r[i];
    end loop;
    return r;
end
$$;
comment on function kernels.tema(double precision[], integer) is
'Triple exponential moving average of a series.';
