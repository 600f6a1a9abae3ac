-- kernels.fisher(high, low, length) → fisher: Fisher transform of where the middle of the bar lies among those of
-- length bars, from 0, the lowest, to 1, the highest; trigger: fisher of the bar before. The recursion, from v = f = 0:
--     v := 0.66 * (place - 0.5) + 0.67 * v;  above 0.99 it is set to 0.999, below -0.99 to -0.999
--     f := 0.5 * ln((1 + v) / (1 - v)) + 0.5 * f
-- Where the middles are equal there is no place: fisher is null and the recursion starts anew. Less than 1e-12 of the
-- highest apart, they differ by rounding alone. Null: fisher for length - 1 bars, trigger for one more.
-- Source: John F. Ehlers, Using the Fisher Transform, 2002; TradingView Fisher Transform.
-- needs: highest, lowest, start

create function kernels.fisher(
    high double precision[],
    low double precision[],
    length integer,
    out fisher double precision[],
    out trigger double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    middle double precision[] := array_fill(null::double precision, array[last]);
    highs double precision[];
    lows double precision[];
    extent double precision;
    v double precision := 0;
    f double precision := 0;
begin
    fisher := middle;
    trigger := middle;
    for i in first..last loop
        middle[i] := (high[i] + low[i]) / 2;
    end loop;
    highs := kernels.highest(middle, length);
    lows := kernels.lowest(middle, length);
    for i in first + length - 1..last loop
        extent := highs[i] - lows[i];
        if extent <= 1e-12 * abs(highs[i]) then
            v := 0;
            f := 0;
        else
            v := 0.66 * ((middle[i] - lows[i]) / extent - 0.5) + 0.67 * v;
            v := case when v > 0.99 then 0.999 when v < -0.99 then -0.999 else v end;
            f := 0.5 * ln((1 + v) / (1 - v)) + 0.5 * f;
            fisher[i] := f;
        end if;
        trigger[i] := fisher[i - 1];
    end loop;
end
$$;
comment on function kernels.fisher(double precision[], double precision[], integer) is
'Fisher transform of the middles of bars and its trigger.';
