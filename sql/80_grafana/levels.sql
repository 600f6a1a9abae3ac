-- grafana.levels(symbol) → prices to watch, the highest first: open, high, low and last of the newest trading day,
-- high, low and close of the trading day before, and the floor pivots of that day. Formula: kernels.pivots.
-- needs: day_bars

create function grafana.levels(symbol text)
returns table (level text, price double precision)
language sql
stable
parallel safe
begin atomic
    with days as materialized (
        select b.*
        from
            grafana.day_bars(
                2,
                array(
                    select i.id
                    from market.instruments as i
                    where i.symbol = levels.symbol
                )
            ) as b
    ),

    levels as (
        select l.*
        from days as d
        cross join
            lateral (values ('open', d.open), ('high', d.high), ('low', d.low), ('last', d.close)) as l (level, price)
        where d.nth = 0
        union all
        select l.*
        from days as d
        cross join
            lateral (
                values ('yesterday''s high', d.high), ('yesterday''s low', d.low), ('yesterday''s close', d.close)
            ) as l (level, price)
        where d.nth = 1
        union all
        select l.*
        from days as d
        cross join
            lateral kernels.pivots(
                array[d.high, d.high], array[d.low, d.low], array[d.close, d.close],
                array['epoch', '1970-01-02']::date[]
            ) as p
        cross join
            lateral (
                values ('pivot', p.pivot[2]), ('r1', p.r1[2]), ('r2', p.r2[2]), ('r3', p.r3[2]), ('s1', p.s1[2]),
                ('s2', p.s2[2]), ('s3', p.s3[2])
            ) as l (level, price)
        where d.nth = 1
    )

    select
        l.level,
        l.price
    from levels as l
    order by l.price desc, l.level asc;
end;
comment on function grafana.levels(text) is
'Prices to watch: of the newest trading day, of the day before, and its floor pivots.';
