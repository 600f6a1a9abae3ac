-- indicators.seed_state(instrument_id, timeframe) → computes a row of ledger.indicator_state anew by the kernels, from
-- the closed bars up to the market clock. True when it is new or differs from what was there by more than rounding.
-- SUPERTREND is read from the anchor; the others forget within 784 bars. Without a closed bar the row is empty
-- (bars = 0), and waits for one.
-- needs: read_bars

create function indicators.seed_state(instrument_id integer, timeframe text)
returns boolean
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    b record;
    n integer;
    last integer;
    extents double precision[];
    gains double precision[];
    losses double precision[];
    trend record;
    known ledger.indicator_state;
    next ledger.indicator_state;
begin
    select
        w.*,
        a.bucket as anchored_bucket,
        a.high as anchored_high,
        a.low as anchored_low,
        a.close as anchored_close
    into b  -- in one statement, as the next one may see more bars
    from indicators.read_bars(
        seed_state.instrument_id,
        seed_state.timeframe,
        meta.now(),
        'infinity',
        false,
        columns => '{high,low,close}',
        bars => 784,
        sessions => null
    ) as w
    cross join indicators.read_bars(
        seed_state.instrument_id,
        seed_state.timeframe,
        meta.now(),
        'infinity',
        false,
        columns => '{high,low,close}',
        bars => null,
        sessions => null
    ) as a;
    delete from ledger.indicator_state as s
    where s.timeframe = seed_state.timeframe and s.instrument_id = seed_state.instrument_id
    returning s.* into known;
    n := cardinality(b.bucket);
    last := cardinality(b.anchored_bucket);
    extents := kernels.true_range(b.anchored_high, b.anchored_low, b.anchored_close);
    if last > 0 then
        extents[1] := b.anchored_high[1] - b.anchored_low[1];
    end if;
    select
        array_agg(greatest(x.now - x.before, 0) order by x.nth),
        array_agg(greatest(x.before - x.now, 0) order by x.nth)
    into gains, losses
    from (
        select u.nth, u.value as now, lag(u.value) over (order by u.nth) as before from unnest(b.close) with ordinality as u (value, nth)
    ) as x
    where x.before is not null;
    trend := kernels.supertrend(b.anchored_high, b.anchored_low, b.anchored_close, 10, 3);

    next.timeframe := seed_state.timeframe;
    next.instrument_id := seed_state.instrument_id;
    next.bars := n;
    next.bucket := coalesce(b.bucket[n], '-infinity');
    next.buckets := b.bucket[n - 19:];
    next.highs := b.high[n - 19:];
    next.lows := b.low[n - 19:];
    next.closes := b.close[n - 19:];
    next.ema_9 := (kernels.ema(b.close, 9))[n];
    next.ema_12 := (kernels.ema(b.close, 12))[n];
    next.ema_21 := (kernels.ema(b.close, 21))[n];
    next.ema_26 := (kernels.ema(b.close, 26))[n];
    next.macd_signal := ((kernels.macd(b.close, 12, 26, 9)).signal)[n];
    next.rsi_gains := (kernels.wilder(coalesce(gains, '{}'), 14))[n - 1];
    next.rsi_losses := (kernels.wilder(coalesce(losses, '{}'), 14))[n - 1];
    next.atr := (kernels.atr(b.high, b.low, b.close, 14))[n];
    next.supertrend_atr := (kernels.wilder(extents, 10))[last];
    next.supertrend_upper := trend.upper[last];
    next.supertrend_lower := trend.lower[last];
    next.supertrend_direction := trend.direction[last];
    next.verified_at := clock_timestamp();
    insert into ledger.indicator_state select (next).*;
    return
        (known.buckets, known.highs, known.lows, known.closes, known.supertrend_direction)
        is distinct from (next.buckets, next.highs, next.lows, next.closes, next.supertrend_direction)
        or abs(known.ema_26 - next.ema_26) > 1e-9 * abs(next.ema_26)
        or abs(known.atr - next.atr) > 1e-9 * abs(next.atr)
        or abs(known.rsi_gains - next.rsi_gains) > 1e-9 * abs(next.rsi_gains);
end
$$;
comment on function indicators.seed_state(integer, text) is
'Computes the live state of an instrument and timeframe anew by the kernels.';
