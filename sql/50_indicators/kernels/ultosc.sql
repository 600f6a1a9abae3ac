-- kernels.ultosc(high, low, close, short_length, middle_length, long_length) → ultimate oscillator, 0..100: how much of
-- the true range lies below the close, over three lengths with the weights 4, 2 and 1. A length without any movement
-- counts 0, as in TA-Lib. Null for the first long_length bars.
-- Source: Larry Williams, The Ultimate Oscillator, Technical Analysis of Stocks and Commodities, 1985; TA-Lib ULTOSC.
-- needs: rolling_sum, start, true_range

create function kernels.ultosc(
    high double precision[],
    low double precision[],
    close double precision[],
    short_length integer,
    middle_length integer,
    long_length integer
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    extents double precision[] := kernels.true_range(high, low, close);
    short_extents double precision[] := kernels.rolling_sum(extents, short_length);
    middle_extents double precision[] := kernels.rolling_sum(extents, middle_length);
    long_extents double precision[] := kernels.rolling_sum(extents, long_length);
    rises double precision[] := array_fill(null::double precision, array[last]);
    short_rises double precision[];
    middle_rises double precision[];
    long_rises double precision[];
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 1..last loop
        rises[i] := close[i] - least(low[i], close[i - 1]);
    end loop;
    short_rises := kernels.rolling_sum(rises, short_length);
    middle_rises := kernels.rolling_sum(rises, middle_length);
    long_rises := kernels.rolling_sum(rises, long_length);
    for i in first + long_length..last loop
        r[i] := 100 * (
            4 * coalesce(short_rises[i] / nullif(short_extents[i], 0), 0)
            + 2 * coalesce(middle_rises[i] / nullif(middle_extents[i], 0), 0)
            + coalesce(long_rises[i] / nullif(long_extents[i], 0), 0)
        ) / 7;
    end loop;
    return r;
end
$$;
comment on function kernels.ultosc(
    double precision[], double precision[], double precision[], integer, integer, integer
) is 'Ultimate oscillator of bars.';
