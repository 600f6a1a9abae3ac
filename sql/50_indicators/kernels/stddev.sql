-- kernels.stddev(x, length) → population standard deviation of the newest length values. Null before there are as many.
-- Units: those of x.
-- Nothing is ever subtracted from a sum of squares: the series is cut into blocks of length; a window is the end of one
-- block and the beginning of the next, whose deviations are merged. So a window of equal values has exactly 0.
-- Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979.
-- needs: start

create function kernels.stddev(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    n integer;  -- values of the block that m, their mean, and q, their squared deviations from it, hold
    m double precision;
    q double precision;
    d double precision;
    means double precision[] := array_fill(null::double precision, array[last]);
    squares double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        m := 0;
        q := 0;
        means[block] := x[block];  -- a whole block needs nothing of the one before
        squares[block] := 0;
        for i in block..least(block + length - 1, last) loop
            n := i - block + 1;
            d := x[i] - m;
            m := m + d / n;
            q := q + d * (x[i] - m);
            d := m - means[i - length + 1];
            r[i] := sqrt((squares[i - length + 1] + q + d * d * n * (length - n) / length) / length);
        end loop;
        m := 0;
        q := 0;
        n := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            n := n + 1;
            d := x[i] - m;
            m := m + d / n;
            q := q + d * (x[i] - m);
            means[i] := m;
            squares[i] := q;
        end loop;
    end loop;
    return r;
end
$$;
comment on function kernels.stddev(double precision[], integer) is
'Population standard deviation of the newest values of a series.';
