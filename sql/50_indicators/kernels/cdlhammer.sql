-- kernels.cdlhammer(open, high, low, close) → 100 for a short body with a longer lower shadow and next to no upper one,
-- near the low of the bar before or below it; else 0. Null for the first 11 bars.
-- Source: TA-Lib CDLHAMMER.
-- needs: candle_limit, start

create function kernels.cdlhammer(
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
    for i in first + 11..last loop
        r[i] := case
            when
                least(open[i], close[i]) - low[i] > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and least(open[i], close[i]) <= low[i - 1]
                    + kernels.candle_limit(open, high, low, close, i - 1, 'Near')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlhammer(double precision[], double precision[], double precision[], double precision[]) is
'Hammer of bars.';
