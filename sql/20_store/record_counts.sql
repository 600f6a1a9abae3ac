-- ledger.record_counts(counts): adds to ledger.tick_counts of today what happened to ticks that are no plain rows.
-- In: {"<instrument_id>": {late, duplicates, volume_falls, offsession, rejected: {"<reason>": n}}}; what is absent is
--     0; null: nothing. Instruments that are not in market.instruments are left out.
-- Today is the IST date of the wall clock.

create or replace function ledger.record_counts(counts jsonb)
returns void
language sql
volatile
parallel unsafe
begin atomic
    insert into ledger.tick_counts as t (
        instrument_id, session_date, late, duplicates, volume_falls, offsession, rejected
    )
    select
        i.id,
        (now() at time zone 'Asia/Kolkata')::date as session_date,
        coalesce((e.value ->> 'late')::bigint, 0) as late,
        coalesce((e.value ->> 'duplicates')::bigint, 0) as duplicates,
        coalesce((e.value ->> 'volume_falls')::bigint, 0) as volume_falls,
        coalesce((e.value ->> 'offsession')::bigint, 0) as offsession,
        coalesce(e.value -> 'rejected', '{}') as rejected
    from jsonb_each(record_counts.counts) as e
    inner join market.instruments as i on i.id = e.key::bigint
    on conflict (instrument_id, session_date) do update
        set
            late = t.late + excluded.late,
            duplicates = t.duplicates + excluded.duplicates,
            volume_falls = t.volume_falls + excluded.volume_falls,
            offsession = t.offsession + excluded.offsession,
            rejected = (
                select coalesce(jsonb_object_agg(s.reason, s.ticks), '{}')
                from (
                    select
                        r.key as reason,
                        sum(r.value::bigint) as ticks
                    from (
                        select * from jsonb_each_text(t.rejected)
                        union all
                        select * from jsonb_each_text(excluded.rejected)
                    ) as r
                    group by r.key
                ) as s
            );
end;
comment on function ledger.record_counts(jsonb) is
'Adds to the counts per instrument of ticks that came late, twice, with a fallen counter, outside the session, or were rejected.';
