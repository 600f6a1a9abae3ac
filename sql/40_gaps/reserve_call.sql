-- gaps.reserve_call(broker) → the wall-clock instant from which the caller may send one request to the broker; each
-- instant is given once, whoever asks, before and after a restart. Null for a broker without an account in
-- ledger.broker_calls. When the day's requests are used up (IST), it is the next midnight of India.
-- Commit before waiting for it: an instant that is rolled back is given again.

create function gaps.reserve_call(broker text)
returns timestamptz
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    account ledger.broker_calls;
    slot timestamptz;
begin
    select c.* into account from ledger.broker_calls as c where c.broker = reserve_call.broker for update;
    if not found then
        return null;
    end if;
    slot := greatest(account.next_at, clock_timestamp());
    if account.day = (slot at time zone 'Asia/Kolkata')::date and account.calls >= account.calls_a_day then
        slot := ((account.day + 1)::timestamp at time zone 'Asia/Kolkata');
    end if;
    update ledger.broker_calls as c
    set
        next_at = slot + c.call_every,
        day = (slot at time zone 'Asia/Kolkata')::date,
        calls = case when c.day = (slot at time zone 'Asia/Kolkata')::date then c.calls + 1 else 1 end
    where c.broker = reserve_call.broker;
    return slot;
end
$$;
comment on function gaps.reserve_call(text) is
'Reserves an instant for one request to a broker, within its limits over all workers and restarts.';
