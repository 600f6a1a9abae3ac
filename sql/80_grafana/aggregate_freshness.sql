-- grafana.aggregate_freshness() → per stored timeframe, up to where its candles are stored and reflect every tick, and
-- by how many seconds that falls short of the start of the bar that holds the newest tick. No rows without ticks.
-- Candles are never late for that: what is not stored yet is computed when it is read, which takes longer the more it
-- is. What shows less than the ticks are late ones, for the seconds until they are refreshed.

create function grafana.aggregate_freshness()
returns table (timeframe text, until timestamptz, behind_seconds double precision)
language sql
stable
parallel safe
begin atomic
    with newest as materialized (
        select store.newest_tick() as time
    )

    select
        f.timeframe,
        f.until,
        greatest(
            extract(
                epoch from meta.bucket_start(t.width, n.time) - coalesce(f.until, (select store.oldest('tick_data')))
            ),
            0
        )::double precision as behind_seconds
    from newest as n
    cross join store.freshness() as f
    inner join meta.timeframes as t on t.timeframe = f.timeframe
    where n.time is not null
    order by t.ordinal;
end;
comment on function grafana.aggregate_freshness() is
'Per timeframe: up to where candles are stored and reflect every tick, and how far behind the ticks that is.';
