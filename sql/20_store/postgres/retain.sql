-- store.retain(): drops what meta.retention no longer keeps, by the market clock, whole partitions at a time. The
-- horizon is recorded and committed before anything is dropped. Candles hold what the ticks held once what is
-- pending has been carried, so nothing has to be refreshed. A partition in use is left for the next run, and the
-- rest of its table with it: waiting would hold up the writer. Top level only: it commits.

create or replace procedure store.retain()
language plpgsql
as $$
declare
    p record;
    in_use text[] := '{}';
begin
    call store.carry_pending();
    commit;
    for p in
        with cutoffs as (
            select
                r.relation,
                meta.now() - r.keep as cutoff,
                unnest(
                    case r.relation
                        when 'tick_data' then array['tick_data']
                        else array['merged_' || r.relation, 'history_' || r.relation]
                    end
                ) as parent
            from meta.retention as r
            where r.keep is not null and meta.now() is not null
        )

        select
            k.relation,
            k.parent,
            c.relname as name,
            (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz as ends_at
        from cutoffs as k
        inner join pg_catalog.pg_inherits as i on i.inhparent = pg_catalog.format('store.%I', k.parent)::regclass
        inner join pg_catalog.pg_class as c on c.oid = i.inhrelid
        where (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), $re$TO \('([^']+)'\)$re$))[1]::timestamptz <= k.cutoff
        order by ends_at
    loop
        continue when p.parent = any (in_use);
        update meta.horizon as h
        set horizon = greatest(h.horizon, p.ends_at)
        where h.relation = p.relation;
        commit;
        perform pg_catalog.set_config('lock_timeout', '100ms', true);
        begin
            execute pg_catalog.format('drop table store.%I', p.name);
        exception
            when lock_not_available then
                raise notice '% is in use and stays until the next run', p.name;
                in_use := in_use || p.parent;
        end;
        commit;
    end loop;
    delete from store.offsession_ticks
    where received_at < now() - (select r.keep from meta.retention as r where r.relation = 'tick_data');
    delete from store.replaced_ticks
    where time < (select h.horizon from meta.horizon as h where h.relation = 'tick_data');
end
$$;
comment on procedure store.retain is
'Drops what meta.retention no longer keeps and records the horizon. The only thing that drops market data.';
