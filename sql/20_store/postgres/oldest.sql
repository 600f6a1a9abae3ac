-- store.oldest(relation) → time of the oldest tick, or bucket of the oldest live candle of a timeframe; null without.
-- relation as in meta.retention: 'tick_data', '1m' … '1d'. Of the ticks it is read from the 1m candles since their
-- horizon: the ticks themselves have no time-leading index on this engine.

create or replace function store.oldest(relation text)
returns timestamptz
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    oldest timestamptz;
begin
    if relation = 'tick_data' then
        return (
            select min(l.open_time)
            from store.live_1m as l
            where l.bucket = (
                select min(b.bucket)
                from store.live_1m as b
                where b.bucket >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
            )
        );
    end if;
    execute format('select min(l.bucket) from store.live_%s as l', relation) into oldest;
    return oldest;
end
$$;
comment on function store.oldest(text) is 'Time of the oldest row of a relation of meta.retention; null without rows.';
