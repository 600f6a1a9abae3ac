-- kernels.stochrsi(x, rsi_length, stoch_length, smooth_k, smooth_d) → k, d: the stochastic oscillator, 0..100, of the
-- relative strength index, which is its high, low and close. Before the averages, 0 where the index stands still; it
-- counts as 0 below 1e-10, which is rounding, and where it is null after its first values.
-- Null: k for rsi_length + stoch_length + smooth_k - 2 values, d for smooth_d - 1 more.
-- Source: Tushar Chande and Stanley Kroll, The New Technical Trader, 1994; TradingView Stochastic RSI.
-- needs: rsi, start, stoch

create function kernels.stochrsi(
    x double precision[],
    rsi_length integer,
    stoch_length integer,
    smooth_k integer,
    smooth_d integer,
    out k double precision[],
    out d double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    rsi double precision[] := kernels.rsi(x, rsi_length);
begin
    for i in kernels.start(x) + rsi_length..cardinality(x) loop
        rsi[i] := case when rsi[i] > 1e-10 then rsi[i] else 0 end;
    end loop;
    select s.k, s.d into k, d from kernels.stoch(rsi, rsi, rsi, stoch_length, smooth_k, smooth_d) as s;
end
$$;
comment on function kernels.stochrsi(double precision[], integer, integer, integer, integer) is
'Stochastic oscillator of the relative strength index of a series.';
