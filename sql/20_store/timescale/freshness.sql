-- store.freshness() → per stored timeframe, up to where candles are stored and reflect every tick: the watermark, or
-- the start of what was written below a watermark and is not refreshed yet. Above the watermark, candles are made of
-- what lies below them when they are read. Null while nothing is materialized.
-- needs: stale_ranges, watermark

create or replace function store.freshness()
returns table (timeframe text, until timestamptz)
language sql
stable
parallel safe
begin atomic
    select
        t.timeframe,
        nullif(least(store.watermark(t.timeframe), (select lower(store.stale_ranges()))), '-infinity') as until
    from meta.timeframes as t
    where t.stored
    order by t.ordinal;
end;
comment on function store.freshness() is
'Per timeframe: up to where candles are stored and reflect every tick.';
