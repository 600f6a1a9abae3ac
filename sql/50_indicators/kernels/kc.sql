-- kernels.kc(high, low, close, length, multiplier, atr_length) → Keltner channels: middle: ema of the closes; upper and
-- lower: multiplier average true ranges from it. Null: middle for the first length - 1 bars, the others also for the
-- first atr_length. Units: rupees.
-- Source: Linda Raschke's form of Chester Keltner's channels, as TradingView's; TA-Lib EMA, ATR.
-- needs: atr, ema, start

create function kernels.kc(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer,
    multiplier double precision,
    atr_length integer,
    out upper double precision[],
    out middle double precision[],
    out lower double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    range double precision[] := kernels.atr(high, low, close, atr_length);
begin
    middle := kernels.ema(close, length);
    upper := array_fill(null::double precision, array[cardinality(close)]);
    lower := upper;
    for i in kernels.start(middle, range)..cardinality(close) loop
        upper[i] := middle[i] + multiplier * range[i];
        lower[i] := middle[i] - multiplier * range[i];
    end loop;
end
$$;
comment on function kernels.kc(
    double precision[], double precision[], double precision[], integer, double precision, integer
) is 'Keltner channels of bars.';
