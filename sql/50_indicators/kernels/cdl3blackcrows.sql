-- kernels.cdl3blackcrows(open, high, low, close) → -100 for three black bodies after a white one, each closing lower,
-- with next to no lower shadow, the second and third opening within the body before, the first closing below the high
-- of the white one; else 0. Null for the first 13 bars.
-- Source: TA-Lib CDL3BLACKCROWS.
-- needs: candle_limit, start

create function kernels.cdl3blackcrows(
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
    for i in first + 13..last loop
        r[i] := case
            when
                close[i - 3] >= open[i - 3]
                and close[i - 2] < open[i - 2]
                and close[i - 1] < open[i - 1]
                and close[i] < open[i]
                and close[i - 2] < high[i - 3]
                and close[i - 1] < close[i - 2]
                and close[i] < close[i - 1]
                and open[i - 1] < open[i - 2]
                and open[i - 1] > close[i - 2]
                and open[i] < open[i - 1]
                and open[i] > close[i - 1]
                and least(open[i - 2], close[i - 2]) - low[i - 2]
                    < kernels.candle_limit(open, high, low, close, i - 2, 'ShadowVeryShort')
                and least(open[i - 1], close[i - 1]) - low[i - 1]
                    < kernels.candle_limit(open, high, low, close, i - 1, 'ShadowVeryShort')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdl3blackcrows(
    double precision[], double precision[], double precision[], double precision[]
) is 'Three black crows of bars.';
