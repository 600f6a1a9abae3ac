-- store.freshness() → per stored timeframe, up to where candles reflect every tick: the newest tick, as candles are
-- read from what is merged and what is pending together. Null without ticks.
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
'Per timeframe: up to where candles reflect every tick.';
