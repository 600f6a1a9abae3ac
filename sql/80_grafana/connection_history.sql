-- grafana.connection_history(since, until) → the newest 500 times in the range that a connection was up with one list
-- of instruments: from, to (null: still), for how many seconds, and why it ended. down_seconds: how long it had been
-- down before; null for the first in the range.

create function grafana.connection_history(since timestamptz, until timestamptz)
returns table (
    connection text,
    up_at timestamptz,
    ended_at timestamptz,
    seconds double precision,
    down_seconds double precision,
    instruments integer,
    reason text
)
language sql
stable
parallel safe
begin atomic
    select
        regexp_replace(c.source || ' ' || c.connection, '^(\w+) \1', '\1') as connection,
        c.up_at,
        c.ended_at,
        extract(epoch from c.heard_until - c.up_at)::double precision as seconds,
        extract(
            epoch from c.up_at - lag(c.ended_at) over (partition by c.source, c.connection order by c.id)
        )::double precision as down_seconds,
        cardinality(c.instrument_ids) as instruments,
        c.reason
    from ledger.feed_connections as c
    where c.heard_until >= connection_history.since and c.up_at < connection_history.until
    order by c.id desc
    limit 500;
end;
comment on function grafana.connection_history(timestamptz, timestamptz) is
'When connections were up, with how many instruments, why they ended and how long they had been down before.';
