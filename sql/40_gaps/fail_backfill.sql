-- gaps.fail_backfill(request_id, attempt, fault, error): a call did not answer a request. It is tried again, after 5
-- s and twice as long each time, an hour at the most, eight times in all; a token that is missing or a limit that is
-- reached does not count, and is tried again after a minute. An instrument that the broker does not know is not
-- asked for again. Does nothing when the attempt is no longer the claim's.

create function gaps.fail_backfill(request_id bigint, attempt integer, fault text, error text)
returns void
language sql
volatile
parallel unsafe
begin atomic
    update ledger.backfill_requests as r
    set
        status = case when s.is_over then 'failed' else 'queued' end,
        finished_at = case when s.is_over then clock_timestamp() end,
        attempts = r.attempts - s.is_free::integer,
        due_at = clock_timestamp()
        + case
            when s.is_free then interval '1 minute'
            else least(interval '5 seconds' * power(2, r.attempts - 1), interval '1 hour')
        end,
        fault = fail_backfill.fault,
        error = fail_backfill.error
    from (
        select
            fail_backfill.fault in ('token', 'limit') as is_free,
            fail_backfill.fault = 'instrument'
            or fail_backfill.fault not in ('token', 'limit') and fail_backfill.attempt >= 8 as is_over
    ) as s
    where r.id = fail_backfill.request_id and r.attempts = fail_backfill.attempt and r.status = 'running';
end;
comment on function gaps.fail_backfill(bigint, integer, text, text) is
'Puts a request back into the queue, to be tried again later, or ends it.';
