-- kernels.tsi(x, fast_length, slow_length, signal_length) → tsi: true strength index, -100..100: changes, averaged
-- exponentially over slow_length and that over fast_length, in percent of absolute changes averaged likewise; signal:
-- ema of tsi. Each average is seeded with its own first values. Both are null where nothing has moved, or what has
-- moved has faded to less than 1e-12 of x, so that no value depends on where the series begins; signal takes 0 there.
-- Null: tsi for slow_length + fast_length - 1 values, signal for signal_length - 1 more.
-- Source: William Blau, Momentum, Direction, and Divergence, 1995; TradingView True Strength Index.
-- needs: ema, mom, start

create function kernels.tsi(
    x double precision[],
    fast_length integer,
    slow_length integer,
    signal_length integer,
    out tsi double precision[],
    out signal double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    slow_factor double precision := 2::double precision / (slow_length + 1);
    fast_factor double precision := 2::double precision / (fast_length + 1);
    signal_factor double precision := 2::double precision / (signal_length + 1);
    last integer := cardinality(x);
    first integer := kernels.start(x) + slow_length + fast_length - 1;
    signal_first integer := first + signal_length - 1;
    changes double precision[] := kernels.mom(x[:first], 1);  -- seed the averages
    extents double precision[] := changes;
    change double precision;
    slow_change double precision;
    fast_change double precision;
    slow_extent double precision;
    fast_extent double precision;
    moves boolean;
    t double precision;
    s double precision := 0;
begin
    tsi := array_fill(null::double precision, array[last]);
    signal := tsi;
    if first > last then
        return;
    end if;
    for i in 2..first loop
        extents[i] := abs(changes[i]);
    end loop;
    changes := kernels.ema(changes, slow_length);
    extents := kernels.ema(extents, slow_length);
    slow_change := changes[first];
    slow_extent := extents[first];
    fast_change := (kernels.ema(changes, fast_length))[first];
    fast_extent := (kernels.ema(extents, fast_length))[first];
    for i in first..last loop
        moves := fast_extent > 1e-12 * abs(x[i]) + 1e-290;
        t := case when moves then 100 * (fast_change / fast_extent) else 0 end;
        s := s + case when i > signal_first then signal_factor * (t - s) else (t - s) / (i - first + 1) end
            + 1e-290 - 1e-290;  -- as in ema
        if moves then
            tsi[i] := t;
            signal[i] := s;
        end if;
        change := x[i + 1] - x[i];
        slow_change := slow_change + slow_factor * (change - slow_change) + 1e-290 - 1e-290;
        fast_change := fast_change + fast_factor * (slow_change - fast_change) + 1e-290 - 1e-290;
        slow_extent := slow_extent + slow_factor * (abs(change) - slow_extent) + 1e-290 - 1e-290;
        fast_extent := fast_extent + fast_factor * (slow_extent - fast_extent) + 1e-290 - 1e-290;
    end loop;
    for i in first..least(signal_first - 1, last) loop
        signal[i] := null;
    end loop;
end
$$;
comment on function kernels.tsi(double precision[], integer, integer, integer) is
'True strength index of a series and its signal.';
