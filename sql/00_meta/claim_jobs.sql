-- ledger.claim_jobs() → the jobs that are due, marked as claimed; each is to be run and then
-- reported to ledger.finish_job().
-- Skips what another runner has claimed; a claim older than the job's timeout and a minute is taken to be dead.
-- Scheduling is by the wall clock.

create or replace function ledger.claim_jobs()
returns table (name text, command text, timeout interval)
language sql
volatile
parallel unsafe
begin atomic
    with due as (
        select j.name
        from ledger.jobs as j
        where
            j.enabled
            and j.due_at <= clock_timestamp()
            and (j.claimed_at is null or j.claimed_at < clock_timestamp() - j.timeout - interval '1 minute')
        order by j.due_at
        for update skip locked
    )

    update ledger.jobs as j
    set claimed_at = clock_timestamp()
    from due
    where j.name = due.name
    returning j.name, j.command, j.timeout;
end;
comment on function ledger.claim_jobs() is 'Claims the jobs that are due: name, SQL command, timeout.';
