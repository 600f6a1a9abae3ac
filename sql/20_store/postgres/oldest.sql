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
    merged timestamptz;
begin
    if relation = 'tick_data' then
        return least(
            (
                select min(m.open_time)
                from store.merged_1m as m
                where m.bucket = (
                    select min(b.bucket)
                    from store.merged_1m as b
                    where b.bucket >= (select h.horizon from meta.horizon as h where h.relation = 'tick_data')
                )
            ),
            (select min(p.open_time) from store.pending as p)
        );
    end if;
    execute format('select min(m.bucket) from store.merged_%s as m', relation) into merged;
    return least(
        merged,
        meta.bucket_start(
            (select t.width from meta.timeframes as t where t.timeframe = oldest.relation),
            (select min(p.bucket) from store.pending as p)
        )
    );
end
$$;
comment on function store.oldest(text) is 'Time of the oldest row of a relation of meta.retention; null without rows.';
