-- kernels.cdl3inside(open, high, low, close) → 100 where, after a long black body, a short one lies within it and a
-- white one closes above it; -100 where, after a long white one, a short one lies within it and a black one closes
-- below it; else 0. Null for the first 12 bars.
-- Source: TA-Lib CDL3INSIDE.
-- needs: candle_limit, start

create function kernels.cdl3inside(
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
    for i in first + 12..last loop
        r[i] := case
            when
                greatest(open[i - 1], close[i - 1]) < greatest(open[i - 2], close[i - 2])
                and least(open[i - 1], close[i - 1]) > least(open[i - 2], close[i - 2])
                and case
                    when close[i - 2] >= open[i - 2] then close[i] < open[i] and close[i] < open[i - 2]
                    else close[i] >= open[i] and close[i] > open[i - 2]
                end
                and abs(close[i - 2] - open[i - 2]) > kernels.candle_limit(open, high, low, close, i - 2, 'BodyLong')
                and abs(close[i - 1] - open[i - 1])
                    <= kernels.candle_limit(open, high, low, close, i - 1, 'BodyShort')
                then case when close[i - 2] >= open[i - 2] then -100 else 100 end
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdl3inside(
    double precision[], double precision[], double precision[], double precision[]
) is 'Three inside up and down of bars.';
