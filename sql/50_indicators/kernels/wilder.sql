-- kernels.wilder(x, length) → Wilder's smoothing (RMA): s + (x - s) / length, seeded with the mean of the first length
-- values. Null before. Units: those of x.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
-- needs: start

create function kernels.wilder(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    n double precision := length;
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
        s := s + (x[i] - s) / n + 1e-290 - 1e-290;  -- no underflow, as in ema
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.wilder(double precision[], integer) is
'Wilder''s smoothing of a series, seeded with a simple average.';
