-- kernels.cdlmarubozu(open, high, low, close) → 100 for a long white body, -100 for a long black one, with next to no
-- shadows; else 0. Null for the first 10 bars.
-- Source: TA-Lib CDLMARUBOZU.
-- needs: candle_limit, start

create function kernels.cdlmarubozu(
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
    for i in first + 10..last loop
        r[i] := case
            when
                greatest(high[i] - greatest(open[i], close[i]), least(open[i], close[i]) - low[i])
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyLong')
                then case when close[i] >= open[i] then 100 else -100 end
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlmarubozu(
    double precision[], double precision[], double precision[], double precision[]
) is 'Marubozu of bars.';
