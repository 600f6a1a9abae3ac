-- kernels.ad(high, low, close, volume) → accumulation/distribution line: the running total of volume times where the
-- bar closed in its range, from -1 at the low to 1 at the high. A bar without a range adds 0. Units: those of volume.
-- Source: Marc Chaikin; TA-Lib AD.
-- needs: start

create function kernels.ad(
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[]
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    s double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first..last loop
        if high[i] > low[i] then
            s := s + ((close[i] - low[i]) - (high[i] - close[i])) / (high[i] - low[i]) * volume[i];
        end if;
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.ad(double precision[], double precision[], double precision[], double precision[]) is
'Accumulation/distribution line of bars.';
