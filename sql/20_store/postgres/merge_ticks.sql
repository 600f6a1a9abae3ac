-- Trigger merge_ticks on store.tick_data: every inserted batch is folded to minutes, and these are merged into
-- store.pending, from where store.carry_pending() takes them to every timeframe.
-- The merge is commutative and associative (earliest tick wins open, latest wins close and open interest, extremes,
-- sums), so any order, splitting or lateness of batches gives the same candles.
-- Open, close and open interest travel as array[epoch, value]: min and max then find the first and the last without a
-- sort (a double holds today's epoch to 0.24 µs). The order by fixes the lock order of concurrent writers.
-- Stands back where store.replace_minutes() rebuilds the candles itself.

create or replace function store.merge_ticks()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    with minutes as (
        select
            n.instrument_id,
            date_bin('1 minute', n.time, timestamptz '2000-01-02 19:45:00+00') as bucket,
            min(array[date_part('epoch', n.time), n.ltp]) as open,
            max(n.ltp) as high,
            min(n.ltp) as low,
            max(array[date_part('epoch', n.time), n.ltp]) as close,
            sum(n.volume)::bigint as volume,
            sum(n.missed_volume)::bigint as missed_volume,
            max(array[date_part('epoch', n.time), n.open_interest::double precision])
                filter (where n.open_interest is not null) as open_interest,
            sum(n.ltp * n.volume) as turnover,
            count(*) as ticks,
            min(n.time) as open_time,
            max(n.time) as close_time,
            max(n.time) filter (where n.open_interest is not null) as open_interest_time
        from new_ticks as n
        group by 1, 2
    )

    insert into store.pending as l (
        instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks, open_time,
        close_time, open_interest_time
    )
    select
        m.instrument_id, m.bucket, m.open[2], m.high, m.low, m.close[2], m.volume, m.missed_volume,
        m.open_interest[2]::bigint, m.turnover, m.ticks, m.open_time, m.close_time, m.open_interest_time
    from minutes as m
    order by m.instrument_id, m.bucket
    on conflict (instrument_id, bucket) do update
    set
        open = case when excluded.open_time < l.open_time then excluded.open else l.open end,
        high = greatest(l.high, excluded.high),
        low = least(l.low, excluded.low),
        close = case when excluded.close_time > l.close_time then excluded.close else l.close end,
        volume = l.volume + excluded.volume,
        missed_volume = l.missed_volume + excluded.missed_volume,
        open_interest = case
            when l.open_interest_time is null or excluded.open_interest_time > l.open_interest_time
                then excluded.open_interest
            else l.open_interest
        end,
        turnover = l.turnover + excluded.turnover,
        ticks = l.ticks + excluded.ticks,
        open_time = least(l.open_time, excluded.open_time),
        close_time = greatest(l.close_time, excluded.close_time),
        open_interest_time = greatest(l.open_interest_time, excluded.open_interest_time);
    return null;
end
$$;
comment on function store.merge_ticks() is 'Merges an inserted batch of ticks into the minutes of store.pending.';

create or replace trigger merge_ticks
after insert on store.tick_data
referencing new table as new_ticks
for each statement
when (current_setting('bhav.merge_ticks', true) is distinct from 'off')
execute function store.merge_ticks();
