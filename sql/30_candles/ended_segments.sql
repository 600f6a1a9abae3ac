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
    )

    select array_agg(ended.segment)
    from (
        select s.segment
        from bar as b
        inner join market.sessions as s on s.opens_at < b.ends_at and s.closes_at > b.starts_at
        where
            s.session_date >= (b.starts_at at time zone 'Asia/Kolkata')::date
            and s.session_date <= (b.ends_at at time zone 'Asia/Kolkata')::date
        group by s.segment, b.now
        having max(s.closes_at) <= b.now
    ) as ended;
end;
comment on function candles.ended_segments(interval) is
'Segments whose trading within the current bar of a width is over: their newest bar has closed.';
