-- grafana.completeness(since, until, limit) → the followed instruments that lack most of the range, so many, worst
-- first; of each a row for each of the newest seven trading days in the range, in order: percent of the day's trading
-- time so far that is complete. Null where the instrument does not trade that day.
-- needs: quality

create function grafana.completeness(since timestamptz, until timestamptz, "limit" integer default 20)
returns table (symbol text, day text, completeness double precision)
language sql
stable
parallel safe
begin atomic
    with quality as materialized (
        select q.*
        from grafana.quality(completeness.since, completeness.until) as q
    ),

    days as (
        select distinct q.session_date
        from quality as q
        order by q.session_date desc
        limit 7
    ),

    worst as (
        select
            q.symbol,
            sum(q.missing_minutes) / sum(q.expected_minutes) as missing
        from quality as q
        group by q.symbol
        order by missing desc, q.symbol asc
        limit greatest(completeness."limit", 0)
    )

    select
        w.symbol,
        to_char(d.session_date, 'DD Mon') as day,
        100 * q.completeness as completeness
    from worst as w
    cross join days as d
    left join quality as q on q.symbol = w.symbol and q.session_date = d.session_date
    order by w.missing desc, w.symbol asc, d.session_date asc;
end;
comment on function grafana.completeness(timestamptz, timestamptz, integer) is
'The least complete of the followed instruments, day by day.';
