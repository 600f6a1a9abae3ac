-- kernels.ema(x, length) → exponential moving average: s + 2 / (length + 1) * (x - s), seeded with the mean of the
-- first length values. Null before. Units: those of x.
-- Source: TA-Lib EMA; https://www.tradingview.com/pine-script-reference/v5/#fun_ta.ema
-- needs: start

create function kernels.ema(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if first + length - 1 > last then
        return r;
    end if;
    for i in first..first + length - 1 loop
        s := s + (x[i] - s) / (i - first + 1);  -- the mean so far: that of equal values is exact
    end loop;
    r[first + length - 1] := s;
    for i in first + length..last loop
        s := s + a * (x[i] - s) + 1e-290 - 1e-290;  -- nearer to 0 than 1e-306 is 0: no product underflows
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.ema(double precision[], integer) is
'Exponential moving average of a series, seeded with a simple one.';
