-- store.count_left_out(inserted): counts, per instrument, the ticks of the session's temporary table staged_ticks that
-- were not inserted: before the horizon, or there already (duplicates).
-- in: instrument_id of each row that was inserted; null: none.

create or replace function store.count_left_out(inserted integer[])
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ledger.record_counts(jsonb_object_agg(
        l.instrument_id,
        jsonb_build_object('duplicates', l.staged - l.inserted - l.expired)
        || case when l.expired > 0 then jsonb_build_object('rejected', jsonb_build_object('before the horizon', l.expired)) else '{}' end
    ))
    from (
        select
            s.instrument_id,
            s.staged,
            s.expired,
            coalesce(i.inserted, 0) as inserted
        from (
            select
                t.instrument_id,
                count(*) as staged,
                count(*) filter (
                    where t.time < (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
                ) as expired
            from pg_temp.staged_ticks as t
            group by t.instrument_id
        ) as s
        left join (
            select
                u.instrument_id,
                count(*) as inserted
            from unnest(count_left_out.inserted) as u (instrument_id)
            group by u.instrument_id
        ) as i on i.instrument_id = s.instrument_id
    ) as l
    where l.staged > l.inserted;
end
$$;
comment on function store.count_left_out(integer[]) is
'Counts per instrument the staged ticks that were not inserted: duplicates, and those before the horizon.';
