-- grafana.latency(since, until) → in steps of grafana.step(), the milliseconds from the receipt of a tick to the commit
-- that makes it visible in the candles: percentiles over the committed segments, each by its oldest ticks, so none of
-- its ticks took longer. Wall clock, by when it was reported.
-- Each step is read by itself: sorting the segments of a range into steps would take most of the time.
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
    with steps as (
        select
            date_bin(a.step, s.at, timestamptz '2000-01-01 00:00:00+00') as starts_at,
            a.step
        from (select grafana.step(latency.since, latency.until) as step) as a
        inner join ledger.ingest_stats as s on s.at >= latency.since and s.at < latency.until
        group by 1, 2
    )

    select
        t.starts_at as time,
        p.percentiles[1] as p50,
        p.percentiles[2] as p95,
        p.percentiles[3] as p99
    from steps as t
    cross join
        lateral (
            select percentile_cont('{0.5, 0.95, 0.99}'::double precision[]) within group (order by c.ms) as percentiles
            from ledger.ingest_stats as s
            cross join lateral unnest(s.commit_ms) as c (ms)
            where
                s.at >= greatest(t.starts_at, latency.since)
                and s.at < least(t.starts_at + t.step, latency.until)
            having count(*) > 0
        ) as p
    order by 1;
end;
comment on function grafana.latency(timestamptz, timestamptz) is
'Percentiles of the milliseconds from the receipt of ticks to their commit.';
