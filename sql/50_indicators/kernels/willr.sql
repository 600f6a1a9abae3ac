-- kernels.willr(high, low, close, length) → Williams %R: how far the close lies below the highest high of length bars,
-- in percent of their whole extent, -100..0. 0 where that is 0, as in TA-Lib. Null for the first length - 1 bars.
-- Source: Larry Williams, How I Made One Million Dollars Last Year Trading Commodities, 1973; TA-Lib WILLR.
-- needs: highest, lowest, start

create function kernels.willr(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close) + length - 1;
    highs double precision[] := kernels.highest(high, length);
    lows double precision[] := kernels.lowest(low, length);
    extent double precision;
    r double precision[] := array_fill(null::double precision, array[cardinality(close)]);
begin
    for i in first..cardinality(close) loop
        extent := highs[i] - lows[i];
        r[i] := case when extent = 0 then 0 else 100 * ((close[i] - highs[i]) / extent) end;
    end loop;
    return r;
end
$$;
comment on function kernels.willr(double precision[], double precision[], double precision[], integer) is
'Williams %R of bars.';
