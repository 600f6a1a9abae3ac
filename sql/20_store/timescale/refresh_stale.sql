-- store.refresh_stale(): brings the aggregates up to date in store.stale_ranges().
-- Top level only: it commits.
-- needs: stale_ranges

create or replace procedure store.refresh_stale()
language plpgsql
as $$
declare
    r tstzrange;
begin
    foreach r in array array(select pg_catalog.unnest(store.stale_ranges())) loop
        call store.refresh(lower(r), upper(r));
    end loop;
end
$$;
comment on procedure store.refresh_stale is 'Brings the aggregates up to date where ticks were written below a watermark.';
