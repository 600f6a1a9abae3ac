-- kernels.hma(x, length) → Hull moving average: wma of 2 * wma(length / 2) - wma(length), over the root of length;
-- both rounded down. length from 2. Null for the first length + floor(sqrt(length)) - 2 values. Units: those of x.
-- Source: Alan Hull, https://alanhull.com/hull-moving-average; TA-Lib HMA.
-- needs: wma

create function kernels.hma(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    half double precision[] := kernels.wma(x, length / 2);
    whole double precision[] := kernels.wma(x, length);
begin
    for i in length..cardinality(x) loop
        whole[i] := 2 * half[i] - whole[i];
    end loop;
    return kernels.wma(whole, floor(sqrt(length))::integer);
end
$$;
comment on function kernels.hma(double precision[], integer) is
'Hull moving average of a series.';
