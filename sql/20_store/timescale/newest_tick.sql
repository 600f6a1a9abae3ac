-- store.newest_tick() → timestamptz: time of the newest tick; null while there is none.

create or replace function store.newest_tick()
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select max(t.time)
    from store.tick_data as t;
end;
comment on function store.newest_tick() is 'Time of the newest tick; null while there is none.';
