-- kernels.trix(x, length, signal_length) → trix: change from value to value of the threefold exponential average, in
-- percent, each average seeded with its own first values; signal: simple average of trix.
-- Null: trix for 3 * length - 2 values, signal for signal_length - 1 more.
-- Source: Jack Hutson, Good Trix, Technical Analysis of Stocks and Commodities, 1983; TA-Lib TRIX.
-- needs: ema, roc, sma

create function kernels.trix(
    x double precision[],
    length integer,
    signal_length integer,
    out trix double precision[],
    out signal double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    trix := kernels.roc(kernels.ema(kernels.ema(kernels.ema(x, length), length), length), 1);
    signal := kernels.sma(trix, signal_length);
end
$$;
comment on function kernels.trix(double precision[], integer, integer) is
'Change of the threefold exponential average of a series, in percent, and its signal.';
