-- kernels.cdlgravestonedoji(open, high, low, close) → 100 for a doji with an upper shadow and next to no lower one,
-- else 0. Null for the first 10 bars.
-- Source: TA-Lib CDLGRAVESTONEDOJI.
-- needs: candle_limit, start

create function kernels.cdlgravestonedoji(
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
                abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                and least(open[i], close[i]) - low[i]
                    < kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                and high[i] - greatest(open[i], close[i])
                    > kernels.candle_limit(open, high, low, close, i, 'ShadowVeryShort')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlgravestonedoji(
    double precision[], double precision[], double precision[], double precision[]
) is 'Gravestone doji of bars.';
