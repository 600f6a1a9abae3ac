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
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    if first + length - 1 > cardinality(x) then
        return r;
    end if;
    for i in first..first + length - 1 loop
        s := s + (x[i] - s) / (i - first + 1);  -- the mean so far: that of equal values is exact
    end loop;
    r[first + length - 1] := s;
    for i in first + length..cardinality(x) loop
        s := s + a * (x[i] - s);
        if abs(s) < 1e-290 then
            s := 0;  -- nearer to zero, the product above underflows
        end if;
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.ema(double precision[], integer) is
'Exponential moving average of a series, seeded with a simple one.';
