-- kernels.linreg(x, length) → where the line of least squares through the newest length values ends: 3 * wma - 2 * sma,
-- which is the same. length from 2. Null before there are as many values. Units: those of x.
-- Source: TA-Lib LINEARREG.
-- needs: sma, wma

create function kernels.linreg(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    mean double precision[] := kernels.sma(x, length);
    r double precision[] := kernels.wma(x, length);
begin
    for i in length..cardinality(x) loop
        r[i] := 3 * r[i] - 2 * mean[i];
    end loop;
    return r;
end
$$;
comment on function kernels.linreg(double precision[], integer) is
'End point of the least squares line through the newest values of a series.';
