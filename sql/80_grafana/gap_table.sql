-- grafana.gap_table(since, until) → the newest 200 gaps of followed instruments that touch the range, as far back as
-- ticks are kept, and what became of them. What several instruments lack alike, as after an outage, is one row:
-- symbol is the first of them, instruments how many they are; requested_at: the first request, wall clock.
-- status: open, queued, running, failed or unanswered (gaps.watchlist_gaps).

create function grafana.gap_table(since timestamptz, until timestamptz)
returns table (
    symbol text,
    instruments bigint,
    starts_at timestamptz,
    ends_at timestamptz,
    minutes bigint,
    status text,
    error text,
    requested_at timestamptz
)
language sql
stable
parallel safe
begin atomic
    select
        min(g.symbol) as symbol,
        count(*) as instruments,
        g.starts_at,
        g.ends_at,
        g.minutes,
        g.status,
        g.error,
        min(g.requested_at) as requested_at
    from gaps.watchlist_gaps as g
    where g.ends_at > gap_table.since and g.starts_at < gap_table.until and gap_table.since < gap_table.until
    group by g.starts_at, g.ends_at, g.minutes, g.status, g.error
    order by g.starts_at desc, g.ends_at desc, min(g.symbol) asc
    limit 200;
end;
comment on function grafana.gap_table(timestamptz, timestamptz) is
'The newest gaps of followed instruments, and what became of them.';
