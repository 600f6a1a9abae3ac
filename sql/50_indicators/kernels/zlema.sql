-- kernels.zlema(x, length) → zero lag exponential moving average: ema of 2 * x - x of (length - 1) / 2 values before,
-- rounded down. Null for the first length - 1 + (length - 1) / 2 values. Units: those of x.
-- Source: John Ehlers and Ric Way, Zero lag (well, almost), 2010; TA-Lib ZLEMA.
-- needs: ema, start

create function kernels.zlema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x);
    lag integer := (length - 1) / 2;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first + lag..cardinality(x) loop
        r[i] := 2 * x[i] - x[i - lag];
    end loop;
    return kernels.ema(r, length);
end
$$;
comment on function kernels.zlema(double precision[], integer) is
'Zero lag exponential moving average of a series.';
