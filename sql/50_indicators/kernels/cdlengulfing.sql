-- kernels.cdlengulfing(open, high, low, close) → 100 where a white body reaches over both ends of the black one before,
-- -100 where a black body does so over a white one; 80 and -80 where it reaches over one end and ends where the other
-- does; else 0. Null for the first 2 bars.
-- Source: TA-Lib CDLENGULFING.
-- needs: start

create function kernels.cdlengulfing(
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
    for i in first + 2..last loop
        r[i] := case
            when open[i] = close[i - 1] and close[i] = open[i - 1]
                then 0
            when close[i - 1] < open[i - 1] and open[i] <= close[i - 1] and close[i] >= open[i - 1]
                then case when open[i] < close[i - 1] and close[i] > open[i - 1] then 100 else 80 end
            when close[i - 1] >= open[i - 1] and open[i] >= close[i - 1] and close[i] <= open[i - 1]
                then case when open[i] > close[i - 1] and close[i] < open[i - 1] then -100 else -80 end
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlengulfing(
    double precision[], double precision[], double precision[], double precision[]
) is 'Engulfing of bars.';
