-- store.newest_tick() → timestamptz: time of the newest tick; null while there is none.
-- Read from the 1m candles, pending ones and others: the ticks themselves have no time-leading index on this engine.

create or replace function store.newest_tick()
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select greatest(
        (select max(p.close_time) from store.pending as p),
        (
            select max(m.close_time)
            from store.merged_1m as m
            where m.bucket = (select max(b.bucket) from store.merged_1m as b)
        )
    );
end;
comment on function store.newest_tick() is 'Time of the newest tick; null while there is none.';
