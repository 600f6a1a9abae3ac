-- store.retain(): drops what meta.retention no longer keeps, by the market clock, whole chunks at a time.
-- First the aggregates are refreshed over the ticks that are about to go, so that late ones are in the candles; then
-- the horizon is recorded and committed; then the chunks are dropped, without invalidating the aggregates over them.
-- Top level only: it commits.

create or replace procedure store.retain()
language plpgsql
as $$
declare
    d record;
    oldest timestamptz;
begin
    call store.refresh_stale();
    for d in
        with cutoffs as (
            select
                r.relation,
                meta.now() - r.keep as cutoff,
                case r.relation when 'tick_data' then 'tick_data' else 'live_' || r.relation end as parent
            from meta.retention as r
            where r.keep is not null and meta.now() is not null
        )

        select
            k.relation,
            k.parent,
            k.cutoff,
            h.horizon,
            (
                select pg_catalog.max(c.range_end)
                from timescaledb_information.chunks as c
                where
                    (c.hypertable_schema, c.hypertable_name) = (
                        select
                            a.materialization_hypertable_schema,
                            a.materialization_hypertable_name
                        from timescaledb_information.continuous_aggregates as a
                        where a.view_schema = 'store' and a.view_name = k.parent
                        union all
                        select
                            'store',
                            k.parent
                        where k.parent = 'tick_data'
                    )
                    and c.range_end <= k.cutoff
            ) as new_horizon
        from cutoffs as k
        inner join meta.horizon as h on h.relation = k.relation
        left join meta.timeframes as t on t.timeframe = k.relation
        order by t.ordinal nulls first
    loop
        if d.new_horizon > d.horizon then
            if d.relation = 'tick_data' then
                oldest := (select pg_catalog.min(t.time) from store.tick_data as t);
                call store.refresh(greatest(d.horizon, oldest), d.new_horizon);
            end if;
            perform pg_catalog.pg_advisory_lock(pg_catalog.hashtext('bhav.maintenance'));
            update meta.horizon as h set horizon = d.new_horizon where h.relation = d.relation;
            commit;
            perform pg_catalog.set_config('timescaledb.skip_cagg_invalidation', 'on', true);
            perform public.drop_chunks(pg_catalog.format('store.%I', d.parent)::regclass, older_than => d.new_horizon);
            commit;
            perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('bhav.maintenance'));
        end if;
        if d.relation <> 'tick_data' then
            perform public.drop_chunks(pg_catalog.format('store.history_%s', d.relation)::regclass, older_than => d.cutoff);
            commit;
        end if;
    end loop;
    delete from store.offsession_ticks
    where received_at < now() - (select r.keep from meta.retention as r where r.relation = 'tick_data');
    delete from store.replaced_ticks
    where time < (select h.horizon from meta.horizon as h where h.relation = 'tick_data');
end
$$;
comment on procedure store.retain is
'Drops what meta.retention no longer keeps and records the horizon. The only thing that drops market data.';
