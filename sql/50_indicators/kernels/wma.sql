-- kernels.wma(x, length) → linearly weighted moving average: the newest value weighs length, the oldest 1. Null before
-- there are length values. Units: those of x.
-- Blocks as in rolling_sum, whose weighted sums are at hand: nothing is ever subtracted, whatever the length.
-- Source: TA-Lib WMA.
-- needs: start

create function kernels.wma(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    weights double precision := length * (length + 1) / 2;
    s double precision;  -- sum of the block so far
    w double precision;  -- the same, its oldest value weighing 1
    block_ends double precision[] := array_fill(null::double precision, array[last]);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for block in first..last by length loop
        s := 0;
        w := 0;
        block_ends[block] := 0;  -- a whole block needs nothing of the one before
        for i in block..least(block + length - 1, last) loop
            s := s + x[i];
            w := w + (i - block + 1) * x[i];
            r[i] := (block_ends[i - length + 1] + w + (block + length - 1 - i) * s) / weights;
        end loop;
        s := 0;
        w := 0;
        for i in reverse least(block + length - 1, last)..block + 1 loop
            s := s + x[i];
            w := w + s;
            block_ends[i] := w;
        end loop;
    end loop;
    return r;
end
$$;
comment on function kernels.wma(double precision[], integer) is
'Linearly weighted moving average of a series.';
