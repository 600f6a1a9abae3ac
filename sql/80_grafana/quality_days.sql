-- grafana.quality_days(since, until) → over all followed instruments, per trading day that the range touches, at
-- 00:00 IST: minutes of trading that are missing, and that a broker's candles filled; percent of the trading time so
-- far that is complete, and in which a connection carried the instrument. What gaps.quality() adds up to, without its
-- row of each instrument and day. No rows for a range that ends before it starts.

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
    with asked as materialized (
        select
            array_agg(f.id) as ids,
            (quality_days.since at time zone 'Asia/Kolkata')::date::timestamp at time zone 'Asia/Kolkata' as since,
            least(
                (
                    ((quality_days.until - interval '1 microsecond') at time zone 'Asia/Kolkata')::date + 1
                )::timestamp at time zone 'Asia/Kolkata',
                coalesce(gaps.settled_until(), '-infinity')
            ) as until
        from candles.followed as f
        having quality_days.since < quality_days.until
    ),

    trading as materialized (
        select
            t.segment,
            t.trading,
            n.instruments
        from gaps.trading_time((select a.since from asked as a), (select a.until from asked as a)) as t
        inner join (
            select
                f.segment,
                count(*) as instruments
            from candles.followed as f
            group by f.segment
        ) as n on n.segment = t.segment
    ),

    days as (
        select
            t.segment,
            (lower(r.traded) at time zone interval '05:30')::date as session_date,
            t.instruments,
            sum(upper(r.traded) - lower(r.traded)) as lasted,
            round(extract(epoch from sum(upper(r.traded) - lower(r.traded))) / 60)::bigint as minutes
        from trading as t
        cross join unnest(t.trading) as r (traded)
        group by t.segment, session_date, t.instruments
        having sum(upper(r.traded) - lower(r.traded)) >= interval '30 seconds'
    ),

    known as materialized (
        select
            i.segment,
            m.instrument_id,
            m.missing,
            m.down
        from asked as a
        cross join lateral gaps.missing(a.ids, a.since, a.until) as m
        inner join market.instruments as i on i.id = m.instrument_id
    ),

    missing as (
        select
            h.segment,
            h.session_date,
            sum(floor(date_part('epoch', h.lasted) / 60 + 0.5))::bigint as minutes
        from (
            select
                k.segment,
                k.instrument_id,
                (lower(g.hole) at time zone interval '05:30')::date as session_date,
                sum(upper(g.hole) - lower(g.hole)) as lasted
            from known as k
            cross join unnest(k.missing) as g (hole)
            group by k.segment, k.instrument_id, session_date
        ) as h
        group by h.segment, h.session_date
    ),

    down as (
        select
            k.segment,
            (lower(o.outage) at time zone interval '05:30')::date as session_date,
            sum(upper(o.outage) - lower(o.outage)) as lasted
        from known as k
        cross join unnest(k.down) as o (outage)
        group by k.segment, session_date
    ),

    repaired as (
        select
            h.segment,
            h.session_date,
            sum(floor(date_part('epoch', h.lasted) / 60 + 0.5))::bigint as minutes
        from (
            select
                t.segment,
                k.instrument_id,
                (lower(r.seen) at time zone interval '05:30')::date as session_date,
                sum(upper(r.seen) - lower(r.seen)) as lasted
            from candles.followed as f
            inner join trading as t on t.segment = f.segment
            inner join ledger.coverage as k on k.instrument_id = f.id and k.timeframe = '1m'
            cross join unnest(k.covered * t.trading) as r (seen)
            group by t.segment, k.instrument_id, session_date
        ) as h
        group by h.segment, h.session_date
    )

    select
        d.session_date::timestamp at time zone 'Asia/Kolkata' as time,
        coalesce(sum(m.minutes), 0)::bigint as missing_minutes,
        coalesce(sum(r.minutes), 0)::bigint as repaired_minutes,
        100 * (1 - coalesce(sum(m.minutes), 0) / sum(d.instruments * d.minutes))::double precision as completeness,
        (
            100 * extract(epoch from sum(d.instruments * d.lasted - coalesce(o.lasted, '0'))) / 60
            / sum(d.instruments * d.minutes)
        )::double precision as feed_uptime
    from days as d
    left join missing as m on m.segment = d.segment and m.session_date = d.session_date
    left join down as o on o.segment = d.segment and o.session_date = d.session_date
    left join repaired as r on r.segment = d.segment and r.session_date = d.session_date
    group by d.session_date
    order by d.session_date;
end;
comment on function grafana.quality_days(timestamptz, timestamptz) is
'Missing and filled minutes, completeness and feed uptime of all followed instruments by trading day.';
