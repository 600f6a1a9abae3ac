-- kernels.mfi(high, low, close, volume, length) → money flow index, 0..100: of the money that flowed in length bars
-- (typical price times volume, where the typical price moved), the part that flowed as it rose, in percent. Typical
-- prices that differ by rounding alone, a relative 1e-14, have not moved, as in TA-Lib. 0 while no money has flowed.
-- Null for the first length bars.
-- Source: Gene Quong and Avrum Soudack; TA-Lib MFI (0.8).
-- needs: start, rolling_sum

create function kernels.mfi(
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
    before double precision := (high[first] + low[first] + close[first]) / 3;
    typical double precision;
    rounding double precision;
    rises double precision[] := array_fill(null::double precision, array[last]);
    falls double precision[] := rises;
    r double precision[];
begin
    for i in first + 1..last loop
        typical := (high[i] + low[i] + close[i]) / 3;
        rounding := 1e-14 * (abs(typical) + abs(before));
        rises[i] := case when typical - before > rounding then typical * volume[i] else 0 end;
        falls[i] := case when before - typical > rounding then typical * volume[i] else 0 end;
        before := typical;
    end loop;
    r := kernels.rolling_sum(rises, length);
    falls := kernels.rolling_sum(falls, length);
    for i in first + length..last loop
        r[i] := case when r[i] = 0 then 0 else 100 * r[i] / (r[i] + falls[i]) end;
    end loop;
    return r;
end
$$;
comment on function kernels.mfi(
    double precision[], double precision[], double precision[], double precision[], integer
) is 'Money flow index of bars.';
