-- grafana.tick_counts_by_day(since, until) → per IST date of receipt that the range touches, at 00:00, how many ticks
-- of all instruments were no plain rows, by what was wrong (metric); no row for none.

create function grafana.tick_counts_by_day(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
    metric text,
    value double precision
)
language sql
stable
parallel safe
begin atomic
    select
        c.session_date::timestamp at time zone 'Asia/Kolkata' as time,
        w.metric,
        sum(w.ticks)::double precision as value
    from ledger.tick_counts as c
    cross join
        lateral (
            values
            ('late', c.late),
            ('duplicates', c.duplicates),
            ('fallen counters', c.volume_falls),
            ('outside the session', c.offsession),
            ('rejected', (select sum(r.ticks::bigint) from jsonb_each_text(c.rejected) as r (reason, ticks)))
        ) as w (metric, ticks)
    where
        w.ticks > 0
        and c.session_date >= (tick_counts_by_day.since at time zone 'Asia/Kolkata')::date
        and c.session_date::timestamp at time zone 'Asia/Kolkata' < tick_counts_by_day.until
        and tick_counts_by_day.since < tick_counts_by_day.until
    group by c.session_date, w.metric
    order by c.session_date, w.metric;
end;
comment on function grafana.tick_counts_by_day(timestamptz, timestamptz) is
'Per day: ticks of all instruments that were no plain rows, by what was wrong.';
