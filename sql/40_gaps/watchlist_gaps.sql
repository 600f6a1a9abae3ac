-- View watchlist_gaps: the gaps of all followed instruments as far back as ticks are kept, and what became of them.
-- status: open (nobody was asked yet), queued, running, failed (error says why), unanswered (the broker's answer
-- left it open). requested_at: the newest request, which status and error are of; wall clock.
-- needs: kept_since, missing

create view gaps.watchlist_gaps as
select
    f.id as instrument_id,
    f.symbol,
    lower(g.hole) as starts_at,
    upper(g.hole) as ends_at,
    (extract(epoch from upper(g.hole) - lower(g.hole)) / 60)::bigint as minutes,
    (lower(g.hole) at time zone 'Asia/Kolkata')::date as session_date,
    coalesce(case q.status when 'done' then 'unanswered' else q.status end, 'open') as status,
    q.error,
    q.requested_at
from
    gaps.missing(
        array(select l.id from candles.followed as l), (select gaps.kept_since('tick_data'))
    ) as m
inner join candles.followed as f on f.id = m.instrument_id
cross join unnest(m.missing) as g (hole)
left join lateral (
    select
        r.status,
        r.error,
        r.requested_at
    from ledger.backfill_requests as r
    where r.instrument_id = f.id and r.timeframe = '1m' and r.ranges && g.hole
    order by r.id desc
    limit 1
) as q on true;
comment on view gaps.watchlist_gaps is
'The gaps of all followed instruments as far back as ticks are kept, and what became of them.';
