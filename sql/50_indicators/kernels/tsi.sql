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
    changes double precision[] := kernels.mom(x, 1);
    extents double precision[] := changes;
    first integer;
begin
    for i in 2..cardinality(x) loop
        extents[i] := abs(changes[i]);
    end loop;
    tsi := kernels.ema(kernels.ema(changes, slow_length), fast_length);
    extents := kernels.ema(kernels.ema(extents, slow_length), fast_length);
    first := kernels.start(extents);
    for i in first..cardinality(x) loop
        tsi[i] := case when extents[i] > 1e-12 * abs(x[i]) then 100 * (tsi[i] / extents[i]) else 0 end;
    end loop;
    signal := kernels.ema(tsi, signal_length);
    for i in first..cardinality(x) loop
        if extents[i] <= 1e-12 * abs(x[i]) then
            tsi[i] := null;
            signal[i] := null;
        end if;
    end loop;
end
$$;
comment on function kernels.tsi(double precision[], integer, integer, integer) is
'True strength index of a series and its signal.';
