-- grafana.heat(limit) → the equities with the greatest turnover of the newest trading day and by how many percent they
-- have changed: over the last 5 minutes, 15 minutes, hour, and since the close of the day before. The time runs to the
-- market clock, or to the close when trading is over. Null where there was no trade in the ten minutes before.
-- needs: bars, board, trading_days

create function grafana.heat("limit" integer default 50)
returns table (
    symbol text,
    change_5m double precision,
    change_15m double precision,
    change_1h double precision,
    change_day double precision
)
language sql
stable
parallel safe
begin atomic
    with days as materialized (
        select
            d.segment,
            least((select meta.now()), d.closes_at) as at
        from grafana.trading_days(1) as d
    ),

    top as materialized (
        select
            b.symbol,
            b.last,
            b.change_percent,
            b.turnover,
            i.id,
            d.at
        from grafana.board() as b
        inner join market.instruments as i on b.symbol = i.symbol
        inner join days as d on i.segment = d.segment
        where b.kind = 'equity'
        order by b.turnover desc, b.symbol asc
        limit greatest(heat."limit", 0)
    ),

    before as (
        select
            t.id,
            array_agg(b.close order by b.bucket desc) filter (where w.width = interval '5 minutes') as of_5m,
            array_agg(b.close order by b.bucket desc) filter (where w.width = interval '15 minutes') as of_15m,
            array_agg(b.close order by b.bucket desc) filter (where w.width = interval '1 hour') as of_1h
        from
            grafana.bars(
                '1m',
                (select min(n.at) - interval '71 minutes' from top as n),
                (select max(n.at) - interval '5 minutes' from top as n),
                array(
                    select n.id
                    from top as n
                )
            ) as b
        inner join top as t on t.id = b.instrument_id
        inner join (values (interval '5 minutes'), (interval '15 minutes'), (interval '1 hour')) as w (width)
            on b.bucket > t.at - w.width - interval '11 minutes' and b.bucket <= t.at - w.width - interval '1 minute'
        group by t.id
    )

    select
        t.symbol,
        100 * (t.last / b.of_5m[1] - 1) as change_5m,
        100 * (t.last / b.of_15m[1] - 1) as change_15m,
        100 * (t.last / b.of_1h[1] - 1) as change_1h,
        t.change_percent as change_day
    from top as t
    left join before as b on b.id = t.id
    order by t.turnover desc, t.symbol asc;
end;
comment on function grafana.heat(integer) is
'By how many percent the most traded equities have changed: over 5 minutes, 15 minutes, an hour and the day.';
