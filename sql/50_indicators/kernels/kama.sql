-- kernels.kama(x, length, fast_length, slow_length) → Kaufman's adaptive moving average: an exponential one whose
-- factor, squared, goes from that of slow_length to that of fast_length as the newest length changes go straight: all
-- the way where nothing has moved, as in TA-Lib. Starts from the value before its first one. Null for the first length
-- values. Units: those of x.
-- Source: Perry Kaufman, Smarter Trading, 1995; TA-Lib KAMA.
-- needs: rolling_sum, start

create function kernels.kama(x double precision[], length integer, fast_length integer, slow_length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x);
    last integer := cardinality(x);
    slow double precision := 2::double precision / (slow_length + 1);
    span double precision := 2::double precision / (fast_length + 1) - slow;
    way double precision[] := array_fill(null::double precision, array[last]);
    factor double precision;
    s double precision;
    r double precision[];
begin
    for i in first + 1..last loop
        way[i] := abs(x[i] - x[i - 1]);
    end loop;
    r := kernels.rolling_sum(way, length);
    s := x[first + length - 1];
    for i in first + length..last loop
        factor := slow + case when r[i] = 0 then 1 else abs(x[i] - x[i - length]) / r[i] end * span;
        s := s + factor * factor * (x[i] - s) + 1e-290 - 1e-290;  -- as in ema
        r[i] := s;
    end loop;
    return r;
end
$$;
comment on function kernels.kama(double precision[], integer, integer, integer) is
'Kaufman''s adaptive moving average of a series.';
