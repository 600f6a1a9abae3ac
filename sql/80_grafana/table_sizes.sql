-- grafana.table_sizes() → per relation of ticks and candles, the greatest first: rows (an estimate, null before the
-- first), bytes with indexes, bytes in the columnstore, and how many times smaller those are than they were (null
-- without a columnstore).

create function grafana.table_sizes()
returns table (relation text, rows bigint, bytes bigint, compressed_bytes bigint, ratio double precision)
language sql
stable
parallel safe
begin atomic
    select
        s.relation,
        s.rows,
        s.bytes,
        s.compressed_bytes,
        s.raw_bytes::double precision / nullif(s.compressed_bytes, 0) as ratio
    from store.sizes() as s
    order by s.bytes desc, s.relation asc;
end;
comment on function grafana.table_sizes() is 'Size of each relation of ticks and candles, and how well it compresses.';
