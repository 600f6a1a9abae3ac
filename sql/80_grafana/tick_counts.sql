-- grafana.tick_counts(since, until) → per instrument and IST date of receipt that the range touches: ticks that came
-- late, twice, with a fallen counter, outside the session, or were rejected (reasons: how many for what). The 200
-- with the most, most first.

create function grafana.tick_counts(since timestamptz, until timestamptz)
returns table (
    symbol text,
    day timestamptz,
    late bigint,
    duplicates bigint,
    volume_falls bigint,
    offsession bigint,
    rejected bigint,
    reasons text
)
language sql
stable
parallel safe
begin atomic
    select
        i.symbol,
        c.session_date::timestamp at time zone 'Asia/Kolkata' as day,
        c.late,
        c.duplicates,
        c.volume_falls,
        c.offsession,
        r.ticks as rejected,
        r.reasons
    from ledger.tick_counts as c
    inner join market.instruments as i on i.id = c.instrument_id
    cross join
        lateral (
            select
                coalesce(sum(e.ticks::bigint), 0)::bigint as ticks,
                string_agg(e.reason || ' ' || e.ticks, ', ' order by e.reason) as reasons
            from jsonb_each_text(c.rejected) as e (reason, ticks)
        ) as r
    where
        c.session_date >= (tick_counts.since at time zone 'Asia/Kolkata')::date
        and c.session_date::timestamp at time zone 'Asia/Kolkata' < tick_counts.until
        and tick_counts.since < tick_counts.until
    order by c.late + c.duplicates + c.volume_falls + c.offsession + r.ticks desc, c.session_date desc, i.symbol asc
    limit 200;
end;
comment on function grafana.tick_counts(timestamptz, timestamptz) is
'Per instrument and day: ticks that came late, twice, with a fallen counter, outside the session, or were rejected.';
