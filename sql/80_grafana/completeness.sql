-- grafana.completeness(since, until, limit) → the followed instruments that lack most of the range, so many, worst
-- first; of each a row for each of the newest seven trading days in the range, in order: percent of the day's trading
-- time so far that is complete. Null where the instrument does not trade that day.

create function grafana.completeness(since timestamptz, until timestamptz, "limit" integer default 20)
returns table (symbol text, day text, completeness double precision)
language sql
stable
parallel safe
begin atomic
    with followed as materialized (
        select array_agg(f.id) as ids
        from candles.followed as f
    ),

    quality as materialized (
        select
            c.instrument_id,
            c.session_date,
            c.expected_minutes,
            c.missing_minutes
        from followed as f
        cross join
            lateral gaps.completeness(
                f.ids,
                (completeness.since at time zone 'Asia/Kolkata')::date::timestamp at time zone 'Asia/Kolkata',
                (
                    ((completeness.until - interval '1 microsecond') at time zone 'Asia/Kolkata')::date + 1
                )::timestamp at time zone 'Asia/Kolkata'
            ) as c
        where completeness.since < completeness.until and c.expected_minutes > 0
    ),

    days as (
        select distinct q.session_date
        from quality as q
        order by q.session_date desc
        limit 7
    ),

    worst as (
        select
            i.id,
            i.symbol,
            l.missing
        from (
            select
                q.instrument_id,
                sum(q.missing_minutes) / sum(q.expected_minutes) as missing
            from quality as q
            group by q.instrument_id
        ) as l
        inner join market.instruments as i on i.id = l.instrument_id
        order by l.missing desc, i.symbol asc
        limit greatest(completeness."limit", 0)
    )

    select
        w.symbol,
        to_char(d.session_date, 'DD Mon') as day,
        100 * (1 - q.missing_minutes::double precision / q.expected_minutes) as completeness
    from worst as w
    cross join days as d
    left join quality as q on q.instrument_id = w.id and q.session_date = d.session_date
    order by w.missing desc, w.symbol asc, d.session_date asc;
end;
comment on function grafana.completeness(timestamptz, timestamptz, integer) is
'The least complete of the followed instruments, day by day.';
