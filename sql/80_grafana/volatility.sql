-- grafana.volatility(limit) → how far the instruments (no options) have moved on the newest trading day, from low to
-- high in percent of the open, against the mean of the up to 14 trading days before; greatest ratio first.
-- needs: day_bars

create function grafana.volatility("limit" integer default 10)
returns table (
    symbol text,
    day_range_percent double precision,
    usual_range_percent double precision,
    ratio double precision
)
language sql
stable
parallel safe
begin atomic
    with ranges as (
        select
            b.symbol,
            max(100 * (b.high - b.low) / b.open) filter (where b.nth = 0) as of_day,
            avg(100 * (b.high - b.low) / b.open) filter (where b.nth > 0) as usual
        from grafana.day_bars(15) as b
        where b.kind <> 'option' and b.open > 0
        group by b.symbol
    )

    select
        r.symbol,
        r.of_day as day_range_percent,
        r.usual as usual_range_percent,
        r.of_day / r.usual as ratio
    from ranges as r
    where r.of_day is not null and r.usual > 0
    order by r.of_day / r.usual desc, r.symbol asc
    limit greatest(volatility."limit", 0);
end;
comment on function grafana.volatility(integer) is
'How far instruments have moved on the newest trading day, against what is usual.';
