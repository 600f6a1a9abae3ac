-- kernels.rsi(x, length) → relative strength index, 0..100: Wilder's averages of gains and of losses over length
-- changes, 100 * gains / (gains + losses). Null where nothing has moved, or what has moved has faded to less than 1e-12
-- of x: no value depends on where the series begins. Null for the first length values.
-- Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; TA-Lib RSI.
-- needs: start

create function kernels.rsi(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    n double precision := length;
    first integer := kernels.start(x);
    last integer := cardinality(x);
    change double precision;
    gains double precision := 0;
    losses double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 1..least(first + length, last) loop
        change := x[i] - x[i - 1];
        gains := gains + greatest(change, 0) / n;
        losses := losses + greatest(-change, 0) / n;
    end loop;
    for i in first + length..last loop
        r[i] := case when gains + losses > 1e-12 * abs(x[i]) + 1e-290 then 100 * (gains / (gains + losses)) end;
        change := x[i + 1] - x[i];
        gains := gains + (greatest(change, 0) - gains) / n + 1e-290 - 1e-290;  -- no underflow, as in ema
        losses := losses + (greatest(-change, 0) - losses) / n + 1e-290 - 1e-290;
    end loop;
    return r;
end
$$;
comment on function kernels.rsi(double precision[], integer) is
'Relative strength index of a series.';
