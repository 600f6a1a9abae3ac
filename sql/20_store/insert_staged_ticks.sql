-- store.insert_staged_ticks() → rows inserted: the ticks of a segment that a plain COPY could not store, because some
-- are there already, lie before the horizon or in minutes that a broker's candle has replaced (those go to
-- store.replaced_ticks). Reads and empties the session's temporary table staged_ticks.

create or replace function store.insert_staged_ticks()
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    inserted bigint;
begin
    perform store.divert_stragglers();
    insert into store.tick_data
    select t.*
    from pg_temp.staged_ticks as t
    where t.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
    on conflict do nothing;
    get diagnostics inserted = row_count;
    truncate pg_temp.staged_ticks;
    return inserted;
end
$$;
comment on function store.insert_staged_ticks() is
'Stores the ticks of the temporary table staged_ticks, leaving out those that are there already or before the horizon.';
