-- store.stale_ranges() → tstzmultirange: where the aggregates show less than the ticks: below a watermark, ticks were
-- written there since, or never materialized. Nothing before the horizon of the ticks: candles there are final.
-- Reads TimescaleDB's own logs of what each aggregate has to make anew. They are exact also when a transaction that is
-- still open has written where the watermark passes meanwhile. (A trigger with a transition table must not be added to
-- store.tick_data: with one, COPY leaves out these logs.)
-- plpgsql: a tracked dependency on TimescaleDB's catalogue would be in the way of its updates.
-- needs: watermark

create or replace function store.stale_ranges()
returns tstzmultirange
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        with ticks as (
            -- a refresh leaves in the logs what no chunk holds
            select
                h.horizon,
                (select min(t.time) from store.tick_data as t) as first_tick,
                (
                    select range_agg(tstzrange(c.range_start, c.range_end))
                    from timescaledb_information.chunks as c
                    where c.hypertable_schema = 'store' and c.hypertable_name = 'tick_data'
                ) as chunks
            from meta.horizon as h
            where h.relation = 'tick_data'
        ),

        aggregates as (
            select
                f.width,
                a.mat_hypertable_id,
                a.raw_hypertable_id,
                base.horizon as base_horizon,
                greatest(ticks.horizon, ticks.first_tick) as starts_at,
                -- a tick above the watermark of 1m may lie within a day that is materialized
                max(store.watermark(f.timeframe)) over (order by f.ordinal desc) as watermark
            from meta.timeframes as f
            inner join _timescaledb_catalog.continuous_agg as a
                on a.user_view_schema = 'store' and a.user_view_name = 'live_' || f.timeframe
            inner join meta.horizon as base on base.relation = coalesce(f.base, 'tick_data')
            cross join ticks
            where f.stored
        ),

        bounds as (
            select
                a.mat_hypertable_id,
                a.raw_hypertable_id,
                greatest(
                    meta.bucket_start(a.width, a.starts_at),
                    meta.bucket_start(a.width, a.base_horizon - interval '1 microsecond') + a.width
                ) as starts_at,
                a.watermark
            from aggregates as a
            where isfinite(a.watermark) and isfinite(a.starts_at)
        ),

        logged as (
            select
                b.starts_at,
                b.watermark,
                greatest(l.lowest_modified_value, extract(epoch from b.starts_at) * 1000000) as lowest,
                least(l.greatest_modified_value + 1.0, extract(epoch from b.watermark) * 1000000) as past
            from bounds as b
            cross join lateral (
                select
                    m.lowest_modified_value,
                    m.greatest_modified_value
                from _timescaledb_catalog.continuous_aggs_materialization_invalidation_log as m
                where m.materialization_id = b.mat_hypertable_id
                union all
                select
                    h.lowest_modified_value,
                    h.greatest_modified_value
                from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as h
                where h.hypertable_id = b.raw_hypertable_id
            ) as l
        )

        select
            range_agg(
                tstzrange(
                    to_timestamp(0) + l.lowest::bigint * interval '1 microsecond',
                    to_timestamp(0) + l.past::bigint * interval '1 microsecond'
                )
            )
            * (select t.chunks * tstzmultirange(tstzrange(greatest(t.horizon, t.first_tick), null)) from ticks as t)
        from logged as l
        where l.lowest < l.past
    );
end
$$;
comment on function store.stale_ranges() is
'Ranges below a watermark where the aggregates are out of date until store.refresh_stale() has run.';
