-- kernels.roc(x, length) → rate of change: the change over length values in percent of the value before. 0 where that
-- is 0, as in TA-Lib. Null for the first length values.
-- Source: TA-Lib ROC.
-- needs: start

create function kernels.roc(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x) + length;
    before double precision;
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
begin
    for i in first..cardinality(x) loop
        before := x[i - length];
        r[i] := case when before = 0 then 0 else 100 * ((x[i] - before) / before) end;
    end loop;
    return r;
end
$$;
comment on function kernels.roc(double precision[], integer) is
'Change of a series over so many values, in percent.';
