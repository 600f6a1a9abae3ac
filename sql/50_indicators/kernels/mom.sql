-- kernels.mom(x, length) → momentum: the change over length values. Null for the first length values.
-- Units: those of x.
-- Source: TA-Lib MOM.
-- needs: start

create function kernels.mom(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x) + length;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        r[i] := x[i] - x[i - length];
    end loop;
    return r;
end
$$;
comment on function kernels.mom(double precision[], integer) is
'Change of a series over so many values.';
