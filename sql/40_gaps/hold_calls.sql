-- gaps.hold_calls(broker, until): no instant before until (wall clock) is given by gaps.reserve_call(): the broker
-- said that it was too much.

create function gaps.hold_calls(broker text, until timestamptz)
returns void
language sql
volatile
parallel unsafe
begin atomic
    update ledger.broker_calls as c
    set next_at = greatest(c.next_at, hold_calls.until)
    where c.broker = hold_calls.broker;
end;
comment on function gaps.hold_calls(text, timestamptz) is 'Nobody calls a broker before an instant.';
