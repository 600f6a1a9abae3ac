-- grafana.job_status() → what the daemon runs on a schedule, by name. seconds: how long the newest run took; failures:
-- runs that failed since the last success. Wall clock.
-- state     disabled; failing: the newest run failed; running; overdue: due for a minute, or for its period if that is
--           longer, and nobody runs it; else ok
-- (A file jobs.sql registers jobs, hence the name.)

create function grafana.job_status()
returns table (
    name text,
    enabled boolean,
    every text,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    seconds double precision,
    failures integer,
    state text
)
language sql
stable
parallel safe
begin atomic
    select
        j.name,
        j.enabled,
        j.every::text as every,
        j.last_started_at,
        j.last_finished_at,
        extract(epoch from j.last_finished_at - j.last_started_at)::double precision as seconds,
        j.failures,
        case
            when not j.enabled then 'disabled'
            when j.failures > 0 then 'failing'
            when j.claimed_at is not null then 'running'
            when j.due_at < now() - greatest(j.every, interval '1 minute') then 'overdue'
            else 'ok'
        end as state
    from ledger.jobs as j
    order by j.name;
end;
comment on function grafana.job_status() is 'The scheduled jobs, how their newest run went and what they are doing.';
