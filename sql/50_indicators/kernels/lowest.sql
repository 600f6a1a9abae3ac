-- kernels.lowest(x, length) → least of the newest length values. Null before there are as many. Blocks as in
-- rolling_sum: two comparisons for each value, whatever the length.
-- Source: van Herk 1992, Gil and Werman 1993.
-- needs: start

create function kernels.lowest(x double precision[], length integer)
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
        s := null;
        for i in block..least(block + length - 1, last) loop
            s := least(s, x[i]);
            r[i] := least(block_ends[i - length + 1], s);
        end loop;
        s := null;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := least(s, x[i]);
            block_ends[i] := s;
        end loop;
    end loop;
    for i in first..least(first + length - 2, last) loop
        r[i] := null;
    end loop;
    return r;
end
$$;
comment on function kernels.lowest(double precision[], integer) is
'Least of the newest values of a series.';
