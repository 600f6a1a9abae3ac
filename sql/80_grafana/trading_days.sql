-- grafana.trading_days(days) → of each segment its newest trading days, so many, that have begun by the market clock;
-- nth: 0 the newest. bucket: of the day's candle; closes_at: when the last session of the day that has begun closes.
-- Reads market.sessions.

create function grafana.trading_days(days integer)
returns table (segment text, nth integer, bucket timestamptz, opens_at timestamptz, closes_at timestamptz)
language sql
stable
parallel safe
begin atomic
    select
        h.segment,
        (row_number() over (partition by h.segment order by s.session_date desc))::integer - 1 as nth,
        meta.bucket_start('1 day', s.opens_at) as bucket,
        s.opens_at,
        s.closes_at
    from (select distinct h.segment from market.trading_hours as h) as h
    cross join lateral (
        select
            n.session_date,
            min(n.opens_at) as opens_at,
            max(n.closes_at) as closes_at
        from (
            select
                s.session_date,
                s.opens_at,
                s.closes_at
            from market.sessions as s
            where s.segment = h.segment and s.opens_at <= (select meta.now())
            order by s.opens_at desc
            limit 3 * trading_days.days  -- a day has three sessions at the most
        ) as n
        group by n.session_date
        order by n.session_date desc
        limit trading_days.days
    ) as s;
end;
comment on function grafana.trading_days(integer) is 'The newest trading days of each segment by the market clock.';
