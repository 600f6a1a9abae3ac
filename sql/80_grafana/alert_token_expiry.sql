-- grafana.alert_token_expiry() → per broker whose feed runs, by how many seconds its access token outlives the day's
-- trading: negative when it ends, or has ended, before the last session of the followed instruments does. From an hour
-- before that day's first session to its last close, by the market clock; no rows otherwise.

create function grafana.alert_token_expiry()
returns table (broker text, value double precision)
language sql
stable
parallel safe
begin atomic
    with clock as materialized (
        select meta.now() as now
    ),

    today as (
        select
            min(s.opens_at) as opens_at,
            max(s.closes_at) as closes_at
        from clock as c
        inner join market.sessions as s on s.session_date = (c.now at time zone 'Asia/Kolkata')::date
        where s.segment in (
            select i.segment
            from candles.followed as i
        )
    )

    select
        t.broker,
        extract(epoch from t.expires_at - d.closes_at)::double precision as value
    from clock as c
    inner join today as d on c.now >= d.opens_at - interval '1 hour' and c.now < d.closes_at
    cross join ledger.access_tokens as t
    where t.broker in (
        select s.source
        from ledger.feed_status as s
    );
end;
comment on function grafana.alert_token_expiry() is
'By how many seconds the access token outlives the day''s trading; negative: log in again.';
