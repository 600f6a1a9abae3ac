-- meta.now() → timestamptz: the market clock. Null in a replay database without ticks: there is no time there yet.
-- Reads: meta.settings, and store.newest_tick() in a replay database.
-- plpgsql: it is called once per query, and 20_store comes later in the tree.

create or replace function meta.now()
returns timestamptz
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if (select s.value from meta.settings as s where s.name = 'clock') = 'replay' then
        return store.newest_tick();
    end if;
    return now();
end
$$;
comment on function meta.now() is
'The market clock: the wall clock or, in a replay database, the time of the newest tick (null before the first).';
