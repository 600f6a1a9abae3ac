-- kernels.cmf(high, low, close, volume, length) → Chaikin money flow, -1..1: over length bars, the sum of volume times
-- where the bar closed in its range, from -1 at the low to 1 at the high, over the sum of volume. A bar without a range
-- counts as 0. Null for the first length - 1 bars and where none of the bars has volume.
-- Source: Marc Chaikin; https://www.tradingview.com/support/solutions/43000501974/
-- needs: start, rolling_sum

create function kernels.cmf(
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    length integer
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    flow double precision[] := array_fill(null::double precision, array[last]);
    volumes double precision[] := kernels.rolling_sum(volume, length);
    r double precision[];
begin
    for i in first..last loop
        flow[i] := case
            when high[i] > low[i]
                then ((close[i] - low[i]) - (high[i] - close[i])) / (high[i] - low[i]) * volume[i]
            else 0
        end;
    end loop;
    r := kernels.rolling_sum(flow, length);
    for i in first + length - 1..last loop
        r[i] := r[i] / nullif(volumes[i], 0);
    end loop;
    return r;
end
$$;
comment on function kernels.cmf(
    double precision[], double precision[], double precision[], double precision[], integer
) is 'Chaikin money flow of bars.';
