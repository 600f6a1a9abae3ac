-- kernels.cdl3outside(open, high, low, close) → 100 where a white body reaches over both ends of the black one before
-- and the next bar closes higher; -100 where a black one does so over a white one and the next bar closes lower; else
-- 0. Null for the first 3 bars.
-- Source: TA-Lib CDL3OUTSIDE.
-- needs: start

create function kernels.cdl3outside(
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[]
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 3..last loop
        r[i] := case
            when
                close[i - 2] < open[i - 2]
                and open[i - 1] < close[i - 2]
                and close[i - 1] > open[i - 2]
                and close[i] > close[i - 1]
                then 100
            when
                close[i - 2] >= open[i - 2]
                and open[i - 1] > close[i - 2]
                and close[i - 1] < open[i - 2]
                and close[i] < close[i - 1]
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdl3outside(
    double precision[], double precision[], double precision[], double precision[]
) is 'Three outside up and down of bars.';
