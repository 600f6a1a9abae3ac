-- kernels.obv(close, volume) → on-balance volume: the first volume, then the volume of every bar that closes higher
-- added and of every one that closes lower taken away. Units: those of volume.
-- Source: Joseph Granville, New Key to Stock Market Profits, 1963; TA-Lib OBV.
-- needs: start

create function kernels.obv(close double precision[], volume double precision[])
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(close, volume);
    last integer := cardinality(close);
    s double precision := volume[first];
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if first <= last then
        r[first] := s;
    end if;
    for i in first + 1..last loop
        s := s + sign(close[i] - close[i - 1]) * volume[i];
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.obv(double precision[], double precision[]) is
'On-balance volume of bars.';
