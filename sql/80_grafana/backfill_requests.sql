-- grafana.backfill_requests(since, until) → the newest 200 requests to brokers that were made in the range: what was
-- asked for, who asked, what became of it; candles: stored; rejected: bars of the answer by reason. Wall clock, but
-- for what is asked for: starts_at, ends_at.

create function grafana.backfill_requests(since timestamptz, until timestamptz)
returns table (
    requested_at timestamptz,
    symbol text,
    timeframe text,
    starts_at timestamptz,
    ends_at timestamptz,
    asked_by text,
    broker text,
    status text,
    attempts integer,
    candles integer,
    rejected text,
    error text,
    finished_at timestamptz
)
language sql
stable
parallel safe
begin atomic
    select
        r.requested_at,
        i.symbol,
        r.timeframe,
        lower(r.ranges) as starts_at,
        upper(r.ranges) as ends_at,
        r.asked_by,
        r.broker,
        r.status,
        r.attempts,
        r.candles,
        (
            select string_agg(b.reason || ' ' || b.bars, ', ' order by b.reason)
            from jsonb_each_text(r.rejected) as b (reason, bars)
        ) as rejected,
        r.error,
        r.finished_at
    from (
        select q.*
        from ledger.backfill_requests as q
        where q.requested_at >= backfill_requests.since and q.requested_at < backfill_requests.until
        order by q.id desc
        limit 200
    ) as r
    inner join market.instruments as i on i.id = r.instrument_id
    order by r.id desc;
end;
comment on function grafana.backfill_requests(timestamptz, timestamptz) is
'The newest requests to brokers: what was asked for, by whom, and what became of it.';
