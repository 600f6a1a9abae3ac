-- kernels.natr(high, low, close, length) → average true range as a percentage of the close. Null for the first length
-- bars, and where the close is 0. Units: percent.
-- Source: John Forman, Cross-market evaluations with normalized average true range, 2006; TA-Lib NATR.
-- needs: atr

create function kernels.natr(high double precision[], low double precision[], close double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    r double precision[] := kernels.atr(high, low, close, length);
begin
    for i in length + 1..cardinality(close) loop
        r[i] := 100 * r[i] / nullif(close[i], 0);
    end loop;
    return r;
end
$$;
comment on function kernels.natr(double precision[], double precision[], double precision[], integer) is
'Average true range of bars as a percentage of the close.';
