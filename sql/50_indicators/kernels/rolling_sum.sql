-- kernels.rolling_sum(x, length, divisor) → sum of the newest length values, divided. Null before there are as many.
-- Nothing is ever subtracted: the series is cut into blocks of length, and a window is the end of one block and the
-- beginning of the next, whose sums are at hand (van Herk 1992, Gil and Werman 1993, there for extremes). So values
-- that are gone leave no rounding behind, and a window of zeros sums to zero.
-- needs: start

create function kernels.rolling_sum(
    x double precision[],
    length integer,
    divisor double precision default 1
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    s double precision;
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := 0;
        block_ends[block] := 0;  -- a whole block needs nothing of the one before
        for i in block..least(block + length - 1, last) loop
            s := s + x[i];
            r[i] := (block_ends[i - length + 1] + s) / divisor;
        end loop;
        s := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := s + x[i];
            block_ends[i] := s;
        end loop;
    end loop;
    return r;
end
$$;
comment on function kernels.rolling_sum(double precision[], integer, double precision) is
'Sum of the newest values of a series, without cancellation.';
