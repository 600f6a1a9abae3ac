-- store.newest_tick() → timestamptz: time of the newest tick; null while there is none.
-- Read from the newest 1m candles: the ticks themselves have no time-leading index on this engine.

create or replace function store.newest_tick()
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select max(l.close_time)
    from store.live_1m as l
    where l.bucket = (select max(b.bucket) from store.live_1m as b);
end;
comment on function store.newest_tick() is 'Time of the newest tick; null while there is none.';
