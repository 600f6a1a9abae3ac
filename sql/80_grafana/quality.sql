-- grafana.quality(since, until) → gaps.quality() of the followed instruments on the trading days that [since, until)
-- touches. No rows for a range that ends before it starts.

create function grafana.quality(since timestamptz, until timestamptz)
returns table (
    symbol text,
    session_date date,
    expected_minutes bigint,
    missing_minutes bigint,
    repaired_minutes bigint,
    completeness double precision,
    feed_uptime double precision
)
language sql
stable
parallel safe
begin atomic
    select
        q.symbol,
        q.session_date,
        q.expected_minutes,
        q.missing_minutes,
        q.repaired_minutes,
        q.completeness,
        q.feed_uptime
    from
        gaps.quality(
            (quality.since at time zone 'Asia/Kolkata')::date,
            ((quality.until - interval '1 microsecond') at time zone 'Asia/Kolkata')::date + 1
        ) as q
    where quality.since < quality.until;
end;
comment on function grafana.quality(timestamptz, timestamptz) is
'Completeness, repairs and feed uptime of the followed instruments on the trading days of a range.';
