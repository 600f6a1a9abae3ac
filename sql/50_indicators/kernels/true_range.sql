-- kernels.true_range(high, low, close) → true range: the greatest extent from the close before or within the bar. Null
-- at the first bar, which has no close before. Units: rupees.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib TRANGE.
-- needs: start

create function kernels.true_range(high double precision[], low double precision[], close double precision[])
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    r double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first + 1..cardinality(close) loop
        r[i] := greatest(high[i], close[i - 1]) - least(low[i], close[i - 1]);
    end loop;
    return r;
end
$$;
comment on function kernels.true_range(double precision[], double precision[], double precision[]) is
'True range of bars.';
