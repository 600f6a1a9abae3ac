-- grafana.alert_aggregate_stale() → per stored timeframe, by how many seconds its stored candles are behind the ticks:
-- grafana.aggregate_freshness(). In trading sessions only.
-- needs: aggregate_freshness, trading

create function grafana.alert_aggregate_stale()
returns table (timeframe text, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        f.timeframe,
        f.behind_seconds as value
    from grafana.aggregate_freshness() as f
    where exists (select from grafana.trading());
end;
comment on function grafana.alert_aggregate_stale() is 'By how many seconds the stored candles are behind the ticks.';
