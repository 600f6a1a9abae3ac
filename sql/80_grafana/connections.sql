-- grafana.connections() → a row per connection of the feed that runs, or ran last: since when it is up or down and why
-- down, how long ago it was heard by the market clock, how many instruments it is subscribed to, how often it came up
-- again since the daemon started. Its source stands before its name, unless the name begins with it.

create function grafana.connections()
returns table (
    connection text,
    state text,
    since timestamptz,
    seconds double precision,
    instruments integer,
    reconnects integer,
    reason text
)
language sql
stable
parallel safe
begin atomic
    select
        regexp_replace(s.source || ' ' || s.connection, '^(\w+) \1', '\1') as connection,
        s.state,
        s.since,
        extract(epoch from greatest((select meta.now()) - s.heard_at, interval '0'))::double precision as seconds,
        s.instruments,
        s.reconnects,
        s.reason
    from ledger.feed_status as s
    order by s.source, s.connection;
end;
comment on function grafana.connections() is 'The connections of the feed: up or down, since when and why, when last heard.';
