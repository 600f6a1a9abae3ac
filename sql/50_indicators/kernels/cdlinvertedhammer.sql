-- kernels.cdlinvertedhammer(open, high, low, close) → 100 for a short body with a longer upper shadow and next to no
-- lower one, below the body of the bar before; else 0. Null for the first 11 bars.
-- Source: TA-Lib CDLINVERTEDHAMMER.
-- needs: candle_limit, start

create function kernels.cdlinvertedhammer(
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
                greatest(open[i], close[i]) < least(open[i - 1], close[i - 1])
                and high[i] - greatest(open[i], close[i])
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowLong')
                and abs(close[i] - open[i]) < kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlinvertedhammer(
    double precision[], double precision[], double precision[], double precision[]
) is 'Inverted hammer of bars.';
