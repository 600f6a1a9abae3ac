-- grafana.alert_ingest_lag() → per source that reported in the last minute, the milliseconds from the receipt of ticks
-- to their commit: the 95th percentile over the segments, as in grafana.latency(). In trading sessions only.
-- needs: trading

create function grafana.alert_ingest_lag()
returns table (source text, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        s.source,
        percentile_cont(0.95) within group (order by c.ms) as value
    from ledger.ingest_stats as s
    cross join lateral unnest(s.commit_ms) as c (ms)
    where s.at > now() - interval '1 minute' and exists (select from grafana.trading())
    group by s.source
    order by s.source;
end;
comment on function grafana.alert_ingest_lag() is
'Milliseconds from the receipt of ticks to their commit in the last minute.';
