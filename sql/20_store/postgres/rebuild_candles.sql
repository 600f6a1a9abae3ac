-- store.rebuild_candles(since, until, instrument_id): live candles that touch the range are made anew, of one
-- instrument or of all: minutes from the ticks, every other timeframe from the one that it is based on, smallest
-- first, what is pending like the rest. A bar whose source has been dropped in part, or that has itself been
-- dropped, is left alone. Hold a lock on store.tick_data that writers wait for. Planned for each call, as the plan
-- for one instrument is not the one for all.

create or replace function store.rebuild_candles(
    since timestamptz,
    until timestamptz,
    instrument_id integer default null
)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    t record;
    starts_at timestamptz;
    ends_at timestamptz;
begin
    perform pg_advisory_xact_lock(hashtext('bhav.merged'));
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
    delete from store.pending as m
    where
        m.bucket >= meta.bucket_start('1 minute', since)
        and m.bucket < until
        and (rebuild_candles.instrument_id is null or m.instrument_id = rebuild_candles.instrument_id);
    for t in
        select
            f.timeframe,
            f.width,
            f.base,
            greatest(source.horizon, own.horizon) as horizon
        from meta.timeframes as f
        inner join meta.horizon as source on source.relation = coalesce(f.base, 'tick_data')
        inner join meta.horizon as own on own.relation = f.timeframe
        where f.stored
        order by f.ordinal
    loop
        starts_at := meta.bucket_start(t.width, since);
        if starts_at < t.horizon then
            starts_at := meta.bucket_start(t.width, t.horizon - interval '1 microsecond') + t.width;
        end if;
        ends_at := meta.bucket_start(t.width, until - interval '1 microsecond') + t.width;
        delete from store.merged as l
        where
            l.timeframe = t.timeframe
            and l.bucket >= starts_at
            and l.bucket < ends_at
            and (rebuild_candles.instrument_id is null or l.instrument_id = rebuild_candles.instrument_id);
        if t.base is null then
            insert into store.merged (
                timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover,
                ticks, open_time, close_time, open_interest_time
            )
            select
                t.timeframe,
                d.instrument_id,
                date_bin(t.width, d.time, timestamptz '2000-01-02 19:45:00+00'),
                (array_agg(d.ltp order by d.time))[1],
                max(d.ltp),
                min(d.ltp),
                (array_agg(d.ltp order by d.time desc))[1],
                sum(d.volume)::bigint,
                sum(d.missed_volume)::bigint,
                (array_agg(d.open_interest order by d.time desc) filter (where d.open_interest is not null))[1],
                sum(d.ltp * d.volume),
                count(*),
                min(d.time),
                max(d.time),
                max(d.time) filter (where d.open_interest is not null)
            from store.tick_data as d
            where
                d.time >= starts_at
                and d.time < ends_at
                and (rebuild_candles.instrument_id is null or d.instrument_id = rebuild_candles.instrument_id)
            group by 2, 3;
        else
            insert into store.merged (
                timeframe, instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover,
                ticks, open_time, close_time, open_interest_time
            )
            select
                t.timeframe,
                b.instrument_id,
                date_bin(t.width, b.bucket, timestamptz '2000-01-02 19:45:00+00'),
                (array_agg(b.open order by b.bucket))[1],
                max(b.high),
                min(b.low),
                (array_agg(b.close order by b.bucket desc))[1],
                sum(b.volume)::bigint,
                sum(b.missed_volume)::bigint,
                (array_agg(b.open_interest order by b.bucket desc) filter (where b.open_interest is not null))[1],
                sum(b.turnover),
                sum(b.ticks)::bigint,
                min(b.open_time),
                max(b.close_time),
                max(b.open_interest_time)
            from store.merged as b
            where
                b.timeframe = t.base
                and b.bucket >= starts_at
                and b.bucket < ends_at
                and (rebuild_candles.instrument_id is null or b.instrument_id = rebuild_candles.instrument_id)
            group by 2, 3;
        end if;
    end loop;
end
$$;
comment on function store.rebuild_candles(timestamptz, timestamptz, integer) is
'Makes live candles of a range anew from the ticks, of one instrument or of all.';
