-- Trigger note_stale on store.tick_data: minutes written below the watermark of any timeframe go to store.stale_ranges,
-- whoever wrote them.

create or replace function store.note_stale()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    highest_watermark timestamptz := (
        select max(store.watermark(t.timeframe)) from meta.timeframes as t where t.stored
    );
begin
    if (select min(n.time) from new_ticks as n) < highest_watermark then
        insert into store.stale_ranges (since, until)
        select
            lower(minutes.range),
            upper(minutes.range)
        from (
            select unnest(range_agg(distinct tstzrange(
                date_bin('1 minute', n.time, timestamptz '2000-01-02 19:45:00+00'),
                date_bin('1 minute', n.time, timestamptz '2000-01-02 19:45:00+00') + interval '1 minute'
            ))) as range
            from new_ticks as n
            where n.time < highest_watermark
        ) as minutes;
    end if;
    return null;
end
$$;
comment on function store.note_stale() is 'Notes the minutes that a batch wrote below a watermark.';

create or replace trigger note_stale
after insert on store.tick_data
referencing new table as new_ticks
for each statement execute function store.note_stale();
