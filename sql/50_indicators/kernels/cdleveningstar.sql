-- kernels.cdleveningstar(open, high, low, close, penetration) → -100 where, after a long white body, a short one lies
-- above it and a black one that is not short closes below the first one's close by more than penetration, a part of
-- that body; else 0. Null for the first 12 bars.
-- Source: TA-Lib CDLEVENINGSTAR.
-- needs: candle_limit, start

create function kernels.cdleveningstar(
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
    for i in first + 12..last loop
        r[i] := case
            when
                close[i - 2] >= open[i - 2]
                and least(open[i - 1], close[i - 1]) > greatest(open[i - 2], close[i - 2])
                and close[i] < open[i]
                and close[i] < close[i - 2] - penetration * abs(close[i - 2] - open[i - 2])
                and abs(close[i - 2] - open[i - 2]) > kernels.candle_limit(open, high, low, close, i - 2, 'BodyLong')
                and abs(close[i - 1] - open[i - 1])
                    <= kernels.candle_limit(open, high, low, close, i - 1, 'BodyShort')
                and abs(close[i] - open[i]) > kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then -100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdleveningstar(
    double precision[], double precision[], double precision[], double precision[], double precision
) is 'Evening star of bars.';
