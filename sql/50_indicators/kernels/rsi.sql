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
    first integer := kernels.start(x);
    last integer := cardinality(x);
    change double precision;
    gains double precision := 0;
    losses double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 1..last loop
        change := x[i] - x[i - 1];
        if i <= first + length then
            gains := gains + greatest(change, 0) / length;
            losses := losses + greatest(-change, 0) / length;
            continue when i < first + length;
        else
            gains := gains + (greatest(change, 0) - gains) / length;
            losses := losses + (greatest(-change, 0) - losses) / length;
            if gains < 1e-290 then
                gains := 0;  -- nearer to zero, the division above underflows
            end if;
            if losses < 1e-290 then
                losses := 0;
            end if;
        end if;
        if gains + losses > 1e-12 * abs(x[i]) then
            r[i] := 100 * (gains / (gains + losses));
        end if;
    end loop;
    return r;
end
$$;
comment on function kernels.rsi(double precision[], integer) is
'Relative strength index of a series.';
