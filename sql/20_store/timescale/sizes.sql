-- store.sizes() → per relation of ticks and candles: rows as the last ANALYZE and the columnstore counted them (null:
-- none yet), bytes with indexes; raw_bytes and compressed_bytes: of what lies in the columnstore, before and after
-- (null without).
-- plpgsql: a tracked dependency on TimescaleDB's catalogue would be in the way of its updates.

create or replace function store.sizes()
returns table (relation text, rows bigint, bytes bigint, raw_bytes bigint, compressed_bytes bigint)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select
        h.relation,
        nullif(public.approximate_row_count(h.relid), 0),
        public.hypertable_size(h.relid),
        s.raw_bytes,
        s.compressed_bytes
    from (
        select
            n.name,
            format('store.%I', n.name)::regclass
        from (
            select 'tick_data'
            union all
            select k.kind || f.timeframe
            from meta.timeframes as f
            cross join (values ('live_'), ('history_')) as k (kind)
            where f.stored
        ) as n (name)
    ) as h (relation, relid)
    cross join lateral (
        select
            sum(c.before_compression_total_bytes)::bigint as raw_bytes,
            sum(c.after_compression_total_bytes)::bigint as compressed_bytes
        from public.hypertable_columnstore_stats(h.relid) as c
    ) as s
    union all
    select
        c.relname,
        nullif(greatest(c.reltuples, 0), 0)::bigint,
        pg_total_relation_size(c.oid),
        null,
        null
    from pg_class as c
    where c.oid in ('store.offsession_ticks'::regclass, 'store.replaced_ticks'::regclass);
end
$$;
comment on function store.sizes() is 'Size of each relation of ticks and candles.';
