-- grafana.alert_job_failing() → per enabled job, the runs that failed since its last success. In trading sessions only.
-- needs: trading

create function grafana.alert_job_failing()
returns table (job text, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        j.name as job,
        j.failures::double precision as value
    from ledger.jobs as j
    where j.enabled and exists (select from grafana.trading())
    order by j.name;
end;
comment on function grafana.alert_job_failing() is 'How many times in a row each scheduled job has failed.';
