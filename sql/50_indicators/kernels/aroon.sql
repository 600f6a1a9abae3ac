-- kernels.aroon(high, low, length) → up, 0..100: how lately the highest high of length + 1 bars came, 100 at this bar
-- and 0 length bars ago, the newest of equal ones; down: the same of the lowest low; oscillator: up - down. Null for
-- the first length bars.
-- Source: Tushar Chande, 1995; TA-Lib AROON, AROONOSC.
-- needs: start

create function kernels.aroon(
    high double precision[],
    low double precision[],
    length integer,
    out up double precision[],
    out down double precision[],
    out oscillator double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    highs integer[] := array_fill(0, array[last]);  -- bars of the window with no higher high since, falling
    lows integer[] := highs;
    highs_from integer := 1;
    highs_to integer := 0;
    lows_from integer := 1;
    lows_to integer := 0;
begin
    up := array_fill(null::double precision, array[last]);
    down := up;
    oscillator := up;
    for i in first..last loop
        if highs[highs_from] < i - length then
            highs_from := highs_from + 1;
        end if;
        while highs_to >= highs_from and high[highs[highs_to]] <= high[i] loop
            highs_to := highs_to - 1;
        end loop;
        highs_to := highs_to + 1;
        highs[highs_to] := i;
        if lows[lows_from] < i - length then
            lows_from := lows_from + 1;
        end if;
        while lows_to >= lows_from and low[lows[lows_to]] >= low[i] loop
            lows_to := lows_to - 1;
        end loop;
        lows_to := lows_to + 1;
        lows[lows_to] := i;
        if i >= first + length then
            up[i] := 100::double precision * (highs[highs_from] - i + length) / length;
            down[i] := 100::double precision * (lows[lows_from] - i + length) / length;
            oscillator[i] := up[i] - down[i];
        end if;
    end loop;
end
$$;
comment on function kernels.aroon(double precision[], double precision[], integer) is
'Aroon of bars: how lately the highest high and the lowest low came.';
