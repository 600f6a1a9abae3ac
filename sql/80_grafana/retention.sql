-- grafana.retention() → how long ticks and the live candles of each timeframe are kept (null: for ever), the oldest
-- that is there, and before when they have been dropped (null: nothing yet). Whole partitions are dropped, so a
-- relation keeps more than it says.
-- needs: bar_time

create function grafana.retention()
returns table (relation text, keep text, oldest timestamptz, horizon timestamptz)
language sql
stable
parallel safe
begin atomic
    select
        r.relation,
        r.keep::text as keep,
        grafana.bar_time(store.oldest(r.relation), r.relation) as oldest,
        nullif(h.horizon, '-infinity') as horizon
    from meta.retention as r
    inner join meta.horizon as h on h.relation = r.relation
    left join meta.timeframes as t on t.timeframe = r.relation
    order by t.ordinal nulls first;
end;
comment on function grafana.retention() is 'How long ticks and candles are kept, and how old the oldest is.';
