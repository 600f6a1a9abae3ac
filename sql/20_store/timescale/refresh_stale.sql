-- store.refresh_stale(): refreshes the ranges that were written below a watermark, then forgets them.
-- A range noted meanwhile stays for the next run. Ranges before the horizon are forgotten: their candles are final.
-- Top level only: it commits.

create or replace procedure store.refresh_stale()
language plpgsql
as $$
declare
    taken bigint[];
    stale tstzmultirange;
    r tstzrange;
begin
    select
        pg_catalog.array_agg(s.id),
        pg_catalog.range_agg(pg_catalog.tstzrange(s.since, s.until))
        * pg_catalog.tstzmultirange(pg_catalog.tstzrange((select h.horizon from meta.horizon as h where h.relation = 'tick_data'), null))
    into taken, stale
    from store.stale_ranges as s;
    if taken is null then
        return;
    end if;
    foreach r in array array(select pg_catalog.unnest(stale)) loop
        call store.refresh(lower(r), upper(r));
    end loop;
    delete from store.stale_ranges where id = any (taken);
end
$$;
comment on procedure store.refresh_stale() is 'Brings the aggregates up to date where ticks were written below a watermark.';
