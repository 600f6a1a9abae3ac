-- kernels.cdldarkcloudcover(open, high, low, close, penetration) → -100 where a black body opens above the high of a
-- long white one and closes within its body, deeper than penetration, a part of that body; else 0. Null for the first
-- 11 bars.
-- Source: TA-Lib CDLDARKCLOUDCOVER.
-- needs: candle_limit, start

create function kernels.cdldarkcloudcover(
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    penetration double precision
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
    for i in first + 11..last loop
        r[i] := case
            when
                close[i - 1] >= open[i - 1]
                and close[i] < open[i]
                and open[i] > high[i - 1]
                and close[i] > open[i - 1]
                and close[i] < close[i - 1] - penetration * abs(close[i - 1] - open[i - 1])
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdldarkcloudcover(
    double precision[], double precision[], double precision[], double precision[], double precision
) is 'Dark cloud cover of bars.';
