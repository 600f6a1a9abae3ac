-- grafana.backfill_queue(since, until) → requests to brokers that are not finished, and those that finished in the
-- range, by broker (null: none was asked yet) and by the class of the last failure. Wall clock.
-- oldest: since when the oldest that is not finished waits; eta_seconds: how long these take at the least, at one
-- call per ledger.broker_calls.call_every (where no broker was asked yet, the slowest one's) and not before they are
-- due.

create function grafana.backfill_queue(since timestamptz, until timestamptz)
returns table (
    broker text,
    fault text,
    waiting bigint,
    running bigint,
    done bigint,
    failed bigint,
    oldest timestamptz,
    eta_seconds double precision
)
language sql
stable
parallel safe
begin atomic
    with counted as (
        select
            r.broker,
            r.fault,
            count(*) filter (where r.status = 'queued') as waiting,
            count(*) filter (where r.status = 'running') as running,
            count(*) filter (where r.status = 'done') as done,
            count(*) filter (where r.status = 'failed') as failed,
            count(*) filter (where r.finished_at is null) as calls,
            min(r.requested_at) filter (where r.finished_at is null) as oldest,
            max(r.due_at) filter (where r.finished_at is null) as last_due
        from ledger.backfill_requests as r
        where
            r.finished_at is null and r.requested_at < backfill_queue.until
            or r.finished_at >= backfill_queue.since and r.finished_at < backfill_queue.until
        group by r.broker, r.fault
    )

    select
        c.broker,
        c.fault,
        c.waiting,
        c.running,
        c.done,
        c.failed,
        c.oldest,
        case
            when c.calls > 0
                then extract(
                    epoch from greatest(c.calls * a.call_every + greatest(a.next_at, now()), c.last_due) - now()
                )::double precision
        end as eta_seconds
    from counted as c
    cross join
        lateral (
            select
                max(b.call_every) as call_every,
                max(b.next_at) as next_at
            from ledger.broker_calls as b
            where b.broker = coalesce(c.broker, b.broker)
        ) as a
    where backfill_queue.since < backfill_queue.until
    order by c.broker nulls first, c.fault nulls first;
end;
comment on function grafana.backfill_queue(timestamptz, timestamptz) is
'What waits for brokers, runs, is done and failed, by broker and fault, and how long the rest takes.';
