-- grafana.volatility(limit) → how far the instruments (no options) have moved on the newest trading day, from low to
-- high in percent of the open, against the mean of the up to 14 trading days before; greatest ratio first.
-- plpgsql, as grafana.bars() is; it does not ask that or grafana.day_bars(), as handing over 15 bars of every
-- instrument takes longer than reading them.
-- needs: trading_days

create function grafana.volatility("limit" integer default 10)
returns table (
    symbol text,
    day_range_percent double precision,
    usual_range_percent double precision,
    ratio double precision
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute
        'with listed as materialized (
            select i.id, i.symbol, d.newest, d.buckets
            from candles.followed as i
            inner join (
                select t.segment, max(t.bucket) as newest, array_agg(t.bucket) as buckets
                from grafana.trading_days(15) as t
                group by t.segment
            ) as d on d.segment = i.segment
            where i.kind <> ''option''
        ),

        ranges as (
            select
                any_value(l.symbol) as symbol,
                max(100 * (c.high - c.low) / c.open) filter (where c.bucket = l.newest) as of_day,
                avg(100 * (c.high - c.low) / c.open) filter (where c.bucket < l.newest) as usual
            from candles.candles_1d as c
            inner join listed as l on l.id = c.instrument_id
            where c.bucket >= $1 and c.bucket = any (l.buckets) and c.open > 0
            group by l.id
        )

        select r.symbol, r.of_day, r.usual, r.of_day / r.usual
        from ranges as r
        where r.of_day is not null and r.usual > 0
        order by r.of_day / r.usual desc, r.symbol
        limit $2'
    using
        (
            select min(d.bucket)
            from grafana.trading_days(15) as d
            where d.segment in (select i.segment from candles.followed as i)
        ),
        greatest("limit", 0);
end
$$;
comment on function grafana.volatility(integer) is
'How far instruments have moved on the newest trading day, against what is usual.';
