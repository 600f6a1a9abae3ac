-- kernels.cdlpiercing(open, high, low, close) → 100 where a long white body opens below the low of a long black one and
-- closes within its body, above the middle; else 0. Null for the first 11 bars.
-- Source: TA-Lib CDLPIERCING.
-- needs: candle_limit, start

create function kernels.cdlpiercing(
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
                close[i - 1] < open[i - 1]
                and open[i] < low[i - 1]
                and close[i] < open[i - 1]
                and close[i] > close[i - 1] + 0.5 * abs(close[i - 1] - open[i - 1])
                and close[i] >= open[i]
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyLong')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlpiercing(
    double precision[], double precision[], double precision[], double precision[]
) is 'Piercing line of bars.';
