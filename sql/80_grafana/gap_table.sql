-- grafana.gap_table(since, until) → the newest 200 gaps of followed instruments that touch the range, as far back as
-- ticks are kept, and what became of them. What several instruments lack alike, as after an outage, is one row:
-- symbol is the first of them, instruments how many they are; requested_at: the first of the newest requests of each,
-- wall clock.
-- status: open, queued, running, failed or unanswered, as in gaps.watchlist_gaps, which would look up the requests of
-- every gap there is: here only of those that can be shown.

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
    with holes as (
        select
            m.instrument_id,
            g.hole,
            dense_rank() over (order by lower(g.hole) desc, upper(g.hole) desc) as nth
        from
            gaps.missing(
                array(
                    select f.id
                    from candles.followed as f
                ),
                greatest((select gaps.kept_since('tick_data')), gap_table.since - interval '1 day'),
                gap_table.until + interval '1 day'
            ) as m
        cross join unnest(m.missing) as g (hole)
        where
            upper(g.hole) > gap_table.since and lower(g.hole) < gap_table.until
            and gap_table.since < gap_table.until
    )

    select
        min(i.symbol) as symbol,
        count(*) as instruments,
        lower(h.hole) as starts_at,
        upper(h.hole) as ends_at,
        (extract(epoch from upper(h.hole) - lower(h.hole)) / 60)::bigint as minutes,
        s.status,
        q.error,
        min(q.requested_at) as requested_at
    from holes as h
    inner join market.instruments as i on i.id = h.instrument_id
    left join lateral (
        select
            r.status,
            r.error,
            r.requested_at
        from ledger.backfill_requests as r
        where r.instrument_id = h.instrument_id and r.timeframe = '1m' and r.ranges && h.hole
        order by r.id desc
        limit 1
    ) as q on true
    cross join
        lateral (
            select coalesce(case q.status when 'done' then 'unanswered' else q.status end, 'open') as status
        ) as s
    where h.nth <= 200
    group by h.hole, s.status, q.error
    order by lower(h.hole) desc, upper(h.hole) desc, min(i.symbol) asc
    limit 200;
end;
comment on function grafana.gap_table(timestamptz, timestamptz) is
'The newest gaps of followed instruments, and what became of them.';
