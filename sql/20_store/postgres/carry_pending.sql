-- store.carry_pending(): merges the minutes of store.pending into store.merged, at every stored timeframe whose
-- retention reaches there, and empties it; a job. Minutes that a writer holds stay for the next time; a writer of
-- minutes that are being carried waits for the commit. The merge is that of the trigger merge_ticks.

create or replace procedure store.carry_pending()
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtext('bhav.merged'));
    with minutes as materialized (
        delete from store.pending as p
        where (p.instrument_id, p.bucket) in (
            select f.instrument_id, f.bucket
            from store.pending as f
            for update skip locked
        )
        returning p.*
    ),

    bars as (
        select
            t.timeframe,
            f.*
        from meta.timeframes as t
        inner join meta.horizon as h on h.relation = t.timeframe
        cross join lateral (
            select
                m.instrument_id,
                date_bin(t.width, m.bucket, timestamptz '2000-01-02 19:45:00+00') as bucket,
                (array_agg(m.open order by m.bucket))[1] as open,
                max(m.high) as high,
                min(m.low) as low,
                (array_agg(m.close order by m.bucket desc))[1] as close,
                sum(m.volume)::bigint as volume,
                sum(m.missed_volume)::bigint as missed_volume,
                (array_agg(m.open_interest order by m.bucket desc) filter (where m.open_interest is not null))[1]
                    as open_interest,
                sum(m.turnover) as turnover,
                sum(m.ticks)::bigint as ticks,
                min(m.open_time) as open_time,
                max(m.close_time) as close_time,
                max(m.open_interest_time) as open_interest_time
            from minutes as m
            group by 1, 2
        ) as f
        where t.stored and f.bucket >= h.horizon
    )

    insert into store.merged as l (
        timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks,
        open_time, close_time, open_interest_time
    )
    select
        b.timeframe, b.instrument_id, b.bucket, b.open, b.high, b.low, b.close, b.volume, b.missed_volume,
        b.open_interest, b.turnover, b.ticks, b.open_time, b.close_time, b.open_interest_time
    from bars as b
    on conflict (instrument_id, bucket, timeframe) do update
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
end
$$;
comment on procedure store.carry_pending is
'Merges the minutes of store.pending into the candles of every stored timeframe, and empties it.';
