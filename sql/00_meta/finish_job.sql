-- ledger.finish_job(name, started, error): records a run and schedules the next.
-- Runs of jobs that are called more often than each minute are recorded only when they failed.
-- After a failure the next try comes sooner: 1 s, 2 s, 4 s … but never later than the job's own period.

create or replace function ledger.finish_job(name text, started_at timestamptz, error text default null)
returns void
language sql
volatile
parallel unsafe
begin atomic
    insert into ledger.job_runs (name, started_at, finished_at, error)
    select
        j.name,
        finish_job.started_at,
        clock_timestamp() as finished_at,
        finish_job.error
    from ledger.jobs as j
    where j.name = finish_job.name and (finish_job.error is not null or j.every >= interval '1 minute');

    update ledger.jobs as j
    set
        claimed_at = null,
        last_started_at = finish_job.started_at,
        last_finished_at = clock_timestamp(),
        failures = case when finish_job.error is null then 0 else j.failures + 1 end,
        due_at = case
            when finish_job.error is null then finish_job.started_at + j.every
            else clock_timestamp() + least(j.every, interval '1 second' * power(2, least(j.failures, 12)))
        end
    where j.name = finish_job.name;
end;
comment on function ledger.finish_job(text, timestamptz, text) is
'Records how a claimed job ended (error null: well) and schedules its next run.';
