-- kernels.cdl3whitesoldiers(open, high, low, close) → 100 for three white bodies, each closing higher, with next to no
-- upper shadow, opening within or near the body before and not far shorter than it, the third not short; else 0. Null
-- for the first 12 bars.
-- Source: TA-Lib CDL3WHITESOLDIERS.
-- needs: candle_limit, start

create function kernels.cdl3whitesoldiers(
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
                close[i - 2] >= open[i - 2]
                and close[i - 1] >= open[i - 1]
                and close[i] >= open[i]
                and close[i - 1] > close[i - 2]
                and close[i] > close[i - 1]
                and open[i - 1] > open[i - 2]
                and open[i] > open[i - 1]
                and high[i - 2] - greatest(open[i - 2], close[i - 2])
                    < kernels.candle_limit(open, high, low, close, i - 2, 'ShadowVeryShort')
                and high[i - 1] - greatest(open[i - 1], close[i - 1])
                    < kernels.candle_limit(open, high, low, close, i - 1, 'ShadowVeryShort')
                and high[i] - greatest(open[i], close[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and open[i - 1] <= close[i - 2] + kernels.candle_limit(open, high, low, close, i - 2, 'Near')
                and open[i] <= close[i - 1] + kernels.candle_limit(open, high, low, close, i - 1, 'Near')
                and abs(close[i - 1] - open[i - 1]) > abs(close[i - 2] - open[i - 2])
                    - kernels.candle_limit(open, high, low, close, i - 2, 'Far')
                and abs(close[i] - open[i]) > abs(close[i - 1] - open[i - 1])
                    - kernels.candle_limit(open, high, low, close, i - 1, 'Far')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdl3whitesoldiers(
    double precision[], double precision[], double precision[], double precision[]
) is 'Three white soldiers of bars.';
