-- store.sizes() → per relation of ticks and candles: rows as the last ANALYZE counted them (null: none yet), bytes
-- with indexes; of live candles without what is pending. There is no columnstore on this engine: raw_bytes and
-- compressed_bytes are null.

create or replace function store.sizes()
returns table (relation text, rows bigint, bytes bigint, raw_bytes bigint, compressed_bytes bigint)
language sql
stable
parallel safe
begin atomic
    select
        regexp_replace(c.relname, '^merged', 'live') as relation,
        nullif(sum(greatest(p.reltuples, 0)) filter (where p.relkind = 'r'), 0)::bigint as rows,
        sum(pg_total_relation_size(p.oid))::bigint as bytes,
        null::bigint as raw_bytes,
        null::bigint as compressed_bytes
    from pg_class as c
    left join lateral pg_partition_tree(c.oid) as t on true
    inner join pg_class as p on p.oid = coalesce(t.relid, c.oid)
    where
        c.relnamespace = 'store'::regnamespace
        and (
            c.relname in ('tick_data', 'offsession_ticks', 'replaced_ticks')
            or c.relname in (
                select k.kind || f.timeframe
                from meta.timeframes as f
                cross join (values ('merged_'), ('history_')) as k (kind)
                where f.stored
            )
        )
    group by c.relname;
end;
comment on function store.sizes() is 'Size of each relation of ticks and candles.';
