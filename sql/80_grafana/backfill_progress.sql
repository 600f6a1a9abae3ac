-- grafana.backfill_progress(since, until) → requests to brokers that were done or failed, by when they finished, in
-- steps of grafana.step(); no row for none. metric: the status. Wall clock.
-- needs: step

create function grafana.backfill_progress(since timestamptz, until timestamptz)
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
            grafana.step(backfill_progress.since, backfill_progress.until),
            r.finished_at,
            timestamptz '2000-01-01 00:00:00+00'
        ) as time,
        r.status as metric,
        count(*)::double precision as value
    from ledger.backfill_requests as r
    where r.finished_at >= backfill_progress.since and r.finished_at < backfill_progress.until
    group by 1, 2
    order by 1, 2;
end;
comment on function grafana.backfill_progress(timestamptz, timestamptz) is
'Requests to brokers that were done or failed, over time.';
