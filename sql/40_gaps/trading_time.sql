-- gaps.trading_time(since, until) → per segment that trades in the range, when: its sessions, cut to the range. No row
-- where either is null. Reads market.sessions by date, as that is indexed.

create function gaps.trading_time(since timestamptz, until timestamptz)
returns table (segment text, trading tstzmultirange)
language sql
stable
parallel safe
begin atomic
    select
        s.segment,
        range_agg(
            tstzrange(greatest(s.opens_at, trading_time.since), least(s.closes_at, trading_time.until))
        ) as trading
    from market.sessions as s
    where
        s.session_date >= (trading_time.since at time zone 'Asia/Kolkata')::date
        and s.session_date <= (trading_time.until at time zone 'Asia/Kolkata')::date
        and trading_time.since < trading_time.until
        and s.opens_at < trading_time.until
        and s.closes_at > trading_time.since
    group by s.segment;
end;
comment on function gaps.trading_time(timestamptz, timestamptz) is 'When each segment trades within a range.';
