-- indicators.advance_state(timeframe, since) → the instruments whose state moved: every row of ledger.indicator_state
-- of a stored timeframe is brought to its newest closed bar, all rows by one statement for each bar that is new.
-- Bars that closed after since are new. The bars of the five widths before must be those that went in: a row whose bars
-- were corrected, came late or are missing is removed, to be seeded anew; so is one of so few bars that an indicator
-- still lacks its first value. The arithmetic is that of the kernels ema, macd, rsi, atr and supertrend.

create function indicators.advance_state(timeframe text, since timestamptz)
returns integer[]
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    width interval := (select t.width from meta.timeframes as t where t.timeframe = advance_state.timeframe);
    read_from timestamptz := meta.bucket_start(width, since) - 5 * width;
    moved integer[] := '{}';
    stepped integer[];
    is_behind boolean := true;
begin
    while is_behind loop
        execute format(
            $sql$
            with closed as materialized (
                select
                    c.instrument_id,
                    array_agg(c.bucket order by c.bucket) as buckets,
                    array_agg(c.high order by c.bucket) as highs,
                    array_agg(c.low order by c.bucket) as lows,
                    array_agg(c.close order by c.bucket) as closes
                from candles.candles_%s as c
                where
                    c.bucket >= $2
                    and c.is_closed
                    and c.instrument_id = any (
                        array(select s.instrument_id from ledger.indicator_state as s where s.timeframe = $1)
                    )
                group by c.instrument_id
            ),

            compared as materialized (
                select
                    s.*,
                    c.buckets as read_buckets,
                    c.highs as read_highs,
                    c.lows as read_lows,
                    c.closes as read_closes,
                    coalesce(array_position(c.buckets, s.bucket), 0) as known,
                    (select count(*) from unnest(s.buckets) as b (bucket) where b.bucket >= $2)::integer as kept
                from ledger.indicator_state as s
                left join closed as c using (instrument_id)
                where s.timeframe = $1
            ),

            judged as materialized (
                select
                    c.*,
                    c.known + 1 as next,
                    c.bars >= 35
                    and c.supertrend_direction is not null
                    and (c.known = c.kept or (c.known > c.kept and c.kept = 20))
                    and (
                        c.kept = 0
                        or (
                            c.read_buckets[c.known - c.kept + 1:c.known] = c.buckets[21 - c.kept:]
                            and c.read_highs[c.known - c.kept + 1:c.known] = c.highs[21 - c.kept:]
                            and c.read_lows[c.known - c.kept + 1:c.known] = c.lows[21 - c.kept:]
                            and c.read_closes[c.known - c.kept + 1:c.known] = c.closes[21 - c.kept:]
                        )
                    ) as is_true
                from compared as c
            ),

            removed as (
                delete from ledger.indicator_state as s
                using judged as j
                where s.timeframe = $1 and s.instrument_id = j.instrument_id and not j.is_true
            ),

            bars as materialized (
                select
                    j.*,
                    j.read_highs[j.next] as high,
                    j.read_lows[j.next] as low,
                    j.read_closes[j.next] as close,
                    j.closes[20] as before,
                    j.read_closes[j.next] - j.closes[20] as change,
                    greatest(j.read_highs[j.next], j.closes[20]) - least(j.read_lows[j.next], j.closes[20]) as extent
                from judged as j
                where j.is_true and j.next <= cardinality(j.read_buckets)
            ),

            smoothed as materialized (
                select
                    b.*,
                    b.ema_12 + 2::double precision / 13 * (b.close - b.ema_12) as next_ema_12,
                    b.ema_26 + 2::double precision / 27 * (b.close - b.ema_26) as next_ema_26,
                    b.rsi_gains + (greatest(b.change, 0) - b.rsi_gains) / 14 as next_gains,
                    b.rsi_losses + (greatest(-b.change, 0) - b.rsi_losses) / 14 as next_losses,
                    b.supertrend_atr + (b.extent - b.supertrend_atr) / 10 as next_supertrend_atr
                from bars as b
            ),

            banded as materialized (
                select
                    s.*,
                    case
                        when (s.high + s.low) / 2 + 3 * s.next_supertrend_atr < s.supertrend_upper
                            or s.before > s.supertrend_upper
                            then (s.high + s.low) / 2 + 3 * s.next_supertrend_atr
                        else s.supertrend_upper
                    end as next_upper,
                    case
                        when (s.high + s.low) / 2 - 3 * s.next_supertrend_atr > s.supertrend_lower
                            or s.before < s.supertrend_lower
                            then (s.high + s.low) / 2 - 3 * s.next_supertrend_atr
                        else s.supertrend_lower
                    end as next_lower
                from smoothed as s
            ),

            advanced as (
                update ledger.indicator_state as s set
                    bars = b.bars + 1,
                    bucket = b.read_buckets[b.next],
                    buckets = b.buckets[2:] || b.read_buckets[b.next],
                    highs = b.highs[2:] || b.high,
                    lows = b.lows[2:] || b.low,
                    closes = b.closes[2:] || b.close,
                    ema_9 = b.ema_9 + 2::double precision / 10 * (b.close - b.ema_9),
                    ema_12 = b.next_ema_12,
                    ema_21 = b.ema_21 + 2::double precision / 22 * (b.close - b.ema_21),
                    ema_26 = b.next_ema_26,
                    macd_signal = b.macd_signal
                        + 2::double precision / 10 * (b.next_ema_12 - b.next_ema_26 - b.macd_signal),
                    rsi_gains = case when b.next_gains < 1e-290 then 0 else b.next_gains end,
                    rsi_losses = case when b.next_losses < 1e-290 then 0 else b.next_losses end,
                    atr = b.atr + (b.extent - b.atr) / 14,
                    supertrend_atr = b.next_supertrend_atr,
                    supertrend_upper = b.next_upper,
                    supertrend_lower = b.next_lower,
                    supertrend_direction = case
                        when b.supertrend_direction < 0 then case when b.close > b.next_upper then 1 else -1 end
                        else case when b.close < b.next_lower then -1 else 1 end
                    end
                from banded as b
                where s.timeframe = $1 and s.instrument_id = b.instrument_id
                returning s.instrument_id, b.next < cardinality(b.read_buckets) as is_behind
            )

            select coalesce(array_agg(a.instrument_id), '{}'), coalesce(bool_or(a.is_behind), false)
            from advanced as a
            $sql$,
            advance_state.timeframe
        )
        into stepped, is_behind
        using advance_state.timeframe, read_from;
        moved := moved || stepped;
    end loop;
    return array(select distinct u.instrument_id from unnest(moved) as u (instrument_id));
end
$$;
comment on function indicators.advance_state(text, timestamptz) is
'Brings the live state of a timeframe to the newest closed bars, one statement per bar; removes what no longer fits them.';
