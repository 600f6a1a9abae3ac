-- kernels.supertrend(high, low, close, length, multiplier) → upper and lower: the middle of the bar ± multiplier * ATR,
-- except that upper does not rise until a bar has closed above it, nor lower fall until one has closed below it;
-- direction: -1 at first, 1 from a close above upper, -1 from one below lower; supertrend: lower where the direction is
-- 1, upper where it is -1. The true range of the first bar is its high - low. Null for the first length - 1 bars.
-- Units: rupees; direction 1 or -1.
-- Source: https://www.tradingview.com/pine-script-reference/v5/#fun_ta.supertrend (its direction has the other sign)
-- needs: start

create function kernels.supertrend(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer,
    multiplier double precision,
    out supertrend double precision[],
    out direction double precision[],
    out upper double precision[],
    out lower double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    n double precision := length;
    atr double precision := 0;
    middle double precision;
    above double precision;
    below double precision;
    d double precision;
begin
    supertrend := array_fill(null::double precision, array[last]);
    direction := supertrend;
    upper := supertrend;
    lower := supertrend;
    for i in first..least(first + length - 1, last) loop
        atr := atr + (greatest(high[i], close[i - 1]) - least(low[i], close[i - 1]) - atr) / (i - first + 1);
    end loop;
    for i in first + length - 1..last loop
        middle := (high[i] + low[i]) / 2;
        above := least(case when close[i - 1] <= above then above end, middle + multiplier * atr);
        below := greatest(case when close[i - 1] >= below then below end, middle - multiplier * atr);
        d := case
            when d = -1 and close[i] > above then 1
            when d = 1 and close[i] < below then -1
            else coalesce(d, -1)
        end;
        supertrend[i] := case when d = 1 then below else above end;
        direction[i] := d;
        upper[i] := above;
        lower[i] := below;
        atr := atr + (greatest(high[i + 1], close[i]) - least(low[i + 1], close[i]) - atr) / n + 1e-290 - 1e-290;
    end loop;
end
$$;
comment on function kernels.supertrend(
    double precision[], double precision[], double precision[], integer, double precision
) is 'Supertrend of bars, its direction and final bands.';
