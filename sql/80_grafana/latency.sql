-- grafana.latency(since, until) → in steps of grafana.step(), the milliseconds from the receipt of a tick to the commit
-- that makes it visible in the candles: percentiles over the committed segments, each by its oldest ticks, so none of
-- its ticks took longer. Wall clock, by when it was reported.
-- needs: step

create function grafana.latency(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
    p50 double precision,
    p95 double precision,
    p99 double precision
)
language sql
stable
parallel safe
begin atomic
    select
        b.time,
        b.percentiles[1] as p50,
        b.percentiles[2] as p95,
        b.percentiles[3] as p99
    from (
        select
            date_bin(
                grafana.step(latency.since, latency.until), s.at, timestamptz '2000-01-01 00:00:00+00'
            ) as time,
            percentile_cont('{0.5, 0.95, 0.99}'::double precision[]) within group (order by c.ms) as percentiles
        from ledger.ingest_stats as s
        cross join lateral unnest(s.commit_ms) as c (ms)
        where s.at >= latency.since and s.at < latency.until
        group by 1
    ) as b
    order by 1;
end;
comment on function grafana.latency(timestamptz, timestamptz) is
'Percentiles of the milliseconds from the receipt of ticks to their commit.';
