-- grafana.ingest_rate(since, until) → ticks per second, in steps of grafana.step(); 0 where nothing was reported, no
-- rows where nothing was in the whole range. Wall clock. Columns as in ledger.ingest_stats.
-- A step that is not over yet is left out: its rate would be too low.
-- needs: step

create function grafana.ingest_rate(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
    written double precision,
    received double precision,
    duplicates double precision,
    late double precision,
    offsession double precision,
    dropped double precision
)
language sql
stable
parallel safe
begin atomic
    with asked as (
        select
            grafana.step(ingest_rate.since, ingest_rate.until) as step,
            date_bin(
                grafana.step(ingest_rate.since, ingest_rate.until),
                ingest_rate.since,
                timestamptz '2000-01-01 00:00:00+00'
            ) as starts_at,
            least(ingest_rate.until, now()) as ends_at
    ),

    counted as (
        select
            date_bin(a.step, s.at, a.starts_at) as time,
            sum(s.written) as written,
            sum(s.received) as received,
            sum(s.duplicates) as duplicates,
            sum(s.late) as late,
            sum(s.offsession) as offsession,
            sum(s.dropped) as dropped
        from asked as a
        inner join ledger.ingest_stats as s on s.at >= a.starts_at and s.at < a.ends_at
        group by date_bin(a.step, s.at, a.starts_at)
    )

    select
        g.time,
        coalesce(c.written, 0) / extract(epoch from a.step) as written,
        coalesce(c.received, 0) / extract(epoch from a.step) as received,
        coalesce(c.duplicates, 0) / extract(epoch from a.step) as duplicates,
        coalesce(c.late, 0) / extract(epoch from a.step) as late,
        coalesce(c.offsession, 0) / extract(epoch from a.step) as offsession,
        coalesce(c.dropped, 0) / extract(epoch from a.step) as dropped
    from asked as a
    cross join lateral generate_series(a.starts_at, a.ends_at - a.step, a.step) as g (time)
    left join counted as c on c.time = g.time
    where exists (select from counted)
    order by g.time;
end;
comment on function grafana.ingest_rate(timestamptz, timestamptz) is
'Ticks per second that the daemon received, wrote, and set aside.';
