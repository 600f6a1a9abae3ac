-- grafana.quality_days(since, until) → over all followed instruments, per trading day that the range touches, at
-- 00:00 IST: minutes of trading that are missing, and that a broker's candles filled; percent of the trading time so
-- far that is complete, and in which a connection carried the instrument.
-- needs: quality

create function grafana.quality_days(since timestamptz, until timestamptz)
returns table (
    "time" timestamptz,  -- noqa: RF06
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
        q.session_date::timestamp at time zone 'Asia/Kolkata' as time,
        sum(q.missing_minutes)::bigint as missing_minutes,
        sum(q.repaired_minutes)::bigint as repaired_minutes,
        100 * (1 - sum(q.missing_minutes) / sum(q.expected_minutes))::double precision as completeness,
        100 * sum(q.feed_uptime * q.expected_minutes) / sum(q.expected_minutes)::double precision as feed_uptime
    from grafana.quality(quality_days.since, quality_days.until) as q
    group by q.session_date
    order by q.session_date;
end;
comment on function grafana.quality_days(timestamptz, timestamptz) is
'Missing and filled minutes, completeness and feed uptime of all followed instruments by trading day.';
