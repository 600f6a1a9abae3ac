-- grafana.job_failures(since, until) → runs of jobs that failed, by when they ended. Wall clock.

create function grafana.job_failures(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
    name text,
    error text
)
language sql
stable
parallel safe
begin atomic
    select
        r.finished_at as time,
        r.name,
        r.error
    from ledger.job_runs as r
    where
        r.error is not null
        and r.started_at < job_failures.until
        and r.started_at >= job_failures.since - interval '1 day'  -- the index is on it; no job may run longer
        and r.finished_at >= job_failures.since
        and r.finished_at < job_failures.until
    order by r.finished_at, r.name;
end;
comment on function grafana.job_failures(timestamptz, timestamptz) is 'Runs of scheduled jobs that failed.';
