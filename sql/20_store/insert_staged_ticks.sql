-- store.insert_staged_ticks() → rows inserted: the ticks of a segment that a plain COPY could not store, because some
-- are there already, lie before the horizon or in minutes that a broker's candle has replaced (those go to
-- store.replaced_ticks). What is left out is counted in ledger.tick_counts. Reads and empties the session's temporary
-- table staged_ticks.
-- needs: count_left_out

create or replace function store.insert_staged_ticks()
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    inserted integer[];
begin
    perform store.divert_stragglers();
    with stored as (
        insert into store.tick_data
        select t.*
        from pg_temp.staged_ticks as t
        where t.time >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
        on conflict do nothing
        returning instrument_id
    )

    select array_agg(s.instrument_id) into inserted
    from stored as s;
    perform store.count_left_out(inserted);
    truncate pg_temp.staged_ticks;
    return coalesce(cardinality(inserted), 0);
end
$$;
comment on function store.insert_staged_ticks() is
'Stores the ticks of the temporary table staged_ticks, leaving out those that are there already or before the horizon.';
