-- store.oldest(relation) → time of the oldest tick, or bucket of the oldest live candle of a timeframe; null without.
-- relation as in meta.retention: 'tick_data', '1m' … '1d'. First below the watermark, where an index answers; while
-- nothing is materialized that is '-infinity', from which TimescaleDB cannot subtract.
-- needs: watermark

create or replace function store.oldest(relation text)
returns timestamptz
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    watermark timestamptz;
    oldest timestamptz;
begin
    if relation = 'tick_data' then
        return (select min(t.time) from store.tick_data as t);
    end if;
    watermark := store.watermark(relation);
    if watermark > '-infinity' then
        execute format('select l.bucket from store.live_%s as l where l.bucket < $1 order by l.bucket limit 1', relation)
        into oldest
        using watermark;
    end if;
    if oldest is null then
        execute format('select min(l.bucket) from store.live_%s as l', relation) into oldest;
    end if;
    return oldest;
end
$$;
comment on function store.oldest(text) is 'Time of the oldest row of a relation of meta.retention; null without rows.';
