-- store.refresh(since, until): continuous aggregates that touch the range are brought up to date, smallest first.
-- Raises BH003 before the horizon of the ticks. Never refreshes a bar whose source has been dropped in part:
-- TimescaleDB would delete every instrument's candles there. Nor one that is still forming: ticks to come would be
-- below the watermark; above it the aggregates read their source anyway.
-- Top level only: refresh_continuous_aggregate commits. Serialized with store.retain() by a session lock, which a
-- session that failed inside keeps until it ends.

create or replace procedure store.refresh(since timestamptz, until timestamptz)
language plpgsql
as $$
declare
    t record;
    starts_at timestamptz;
    ends_at timestamptz;
begin
    perform store.check_horizon(since);
    perform pg_catalog.pg_advisory_lock(pg_catalog.hashtext('bhav.maintenance'));
    for t in
        select
            f.timeframe,
            f.width,
            h.horizon
        from meta.timeframes as f
        inner join meta.horizon as h on h.relation = coalesce(f.base, 'tick_data')
        where f.stored
        order by f.ordinal
    loop
        starts_at := meta.bucket_start(t.width, since);
        if starts_at < t.horizon then
            starts_at := meta.bucket_start(t.width, t.horizon - interval '1 microsecond') + t.width;
        end if;
        ends_at := least(
            meta.bucket_start(t.width, until - interval '1 microsecond') + t.width,
            greatest(store.watermark(t.timeframe), meta.bucket_start(t.width, meta.now()))
        );
        if starts_at < ends_at then
            call public.refresh_continuous_aggregate(pg_catalog.format('store.live_%s', t.timeframe)::regclass, starts_at, ends_at);
        end if;
    end loop;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('bhav.maintenance'));
end
$$;
comment on procedure store.refresh is
'Afterwards live candles in the range reflect every tick; raises BH003 before the horizon.';
