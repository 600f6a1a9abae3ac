-- candles.ended_segments(width) → text[]: segments whose trading within the bar of that width which held the market
-- clock two seconds ago was over by then: that bar has closed, although its time has not run out.
-- Called once per query. Reads market.sessions.

create function candles.ended_segments(width interval)
returns text[]
language sql
stable
parallel safe
begin atomic
    with clock as materialized (
        select meta.now() - interval '2 seconds' as now
    ),

    bar as (
        select
            c.now,
            meta.bucket_start(ended_segments.width, c.now) as starts_at,
            meta.bucket_end(ended_segments.width, meta.bucket_start(ended_segments.width, c.now)) as ends_at
        from clock as c
    ),

    days as materialized (  -- or all sessions that opened before are read in the index of the key
        select
            b.now,
            b.starts_at,
            b.ends_at,
            s.segment,
            s.opens_at,
            s.closes_at
        from bar as b
        inner join market.sessions as s
            on
                s.session_date >= (b.starts_at at time zone 'Asia/Kolkata')::date
                and s.session_date <= (b.ends_at at time zone 'Asia/Kolkata')::date
    )

    select array_agg(ended.segment)
    from (
        select d.segment
        from days as d
        where d.opens_at < d.ends_at and d.closes_at > d.starts_at
        group by d.segment, d.now
        having max(d.closes_at) <= d.now
    ) as ended;
end;
comment on function candles.ended_segments(interval) is
'Segments whose trading within the current bar of a width is over: their newest bar has closed.';
