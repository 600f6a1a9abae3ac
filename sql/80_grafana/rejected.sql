-- grafana.rejected(since, until) → ticks that were refused, by reason, in steps of grafana.step(); no row for none.
-- metric: the reason. Wall clock.
-- needs: step

create function grafana.rejected(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
    metric text,
    value double precision
)
language sql
stable
parallel safe
begin atomic
    select
        date_bin(
            grafana.step(rejected.since, rejected.until), s.at, timestamptz '2000-01-01 00:00:00+00'
        ) as time,
        r.reason as metric,
        sum(r.count::double precision) as value
    from ledger.ingest_stats as s
    cross join lateral jsonb_each_text(s.rejected) as r (reason, count)
    where s.at >= rejected.since and s.at < rejected.until
    group by 1, 2
    order by 1, 2;
end;
comment on function grafana.rejected(timestamptz, timestamptz) is 'Ticks that were refused, by reason.';
