-- ledger.prune(): forgets what the system noted about itself more than 90 days ago. Wall clock.

create or replace procedure ledger.prune()
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    delete from ledger.job_runs where started_at < now() - interval '90 days';
    delete from ledger.ingest_stats where at < now() - interval '90 days';
    delete from ledger.backfill_requests where finished_at < now() - interval '90 days';
    delete from ledger.tick_counts where session_date < current_date - 90;
    delete from ledger.feed_connections where ended_at < now() - interval '90 days';
end
$$;
comment on procedure ledger.prune is 'Deletes job runs, ingest statistics, tick counts, ended requests and connections older than 90 days.';
