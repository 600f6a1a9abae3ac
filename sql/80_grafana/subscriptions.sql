-- grafana.subscriptions() → one row: how many instruments are to be followed, how many the connections carry, how many
-- are left out, and for how many seconds the access token is valid yet; null where the feed needs none. No row before
-- a feed has run.

create function grafana.subscriptions()
returns table (wanted bigint, carried bigint, left_out bigint, token_seconds double precision)
language sql
stable
parallel safe
begin atomic
    select
        w.wanted,
        c.carried,
        greatest(w.wanted - c.carried, 0) as left_out,
        (
            select extract(epoch from t.expires_at - now())::double precision
            from ledger.access_tokens as t
            where t.broker = c.source
        ) as token_seconds
    from (
        select
            max(s.source) as source,
            sum(s.instruments) as carried
        from ledger.feed_status as s
        having count(*) > 0
    ) as c
    cross join (
        select count(*) as wanted
        from ledger.subscriptions
    ) as w;
end;
comment on function grafana.subscriptions() is 'How many instruments are wanted, carried and left out; how long the access token is valid yet.';
