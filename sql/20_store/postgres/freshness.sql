-- store.freshness() → per stored timeframe, up to where candles are stored and reflect every tick: the newest tick, as
-- ticks are merged in the transaction that writes them. Null without ticks.
-- needs: newest_tick

create or replace function store.freshness()
returns table (timeframe text, until timestamptz)
language sql
stable
parallel safe
begin atomic
    select
        t.timeframe,
        store.newest_tick() as until
    from meta.timeframes as t
    where t.stored
    order by t.ordinal;
end;
comment on function store.freshness() is
'Per timeframe: up to where candles are stored and reflect every tick.';
