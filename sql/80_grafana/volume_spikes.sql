-- grafana.volume_spikes(timeframe, limit) → the instruments whose newest closed bar has the greatest volume against
-- the mean of the 20 bars before it. Of a segment only those that traded in its newest closed bar. The last 25 bars
-- of the calendar are looked at: who traded in fewer than 21 of them is left out. No rows for what is not a stored
-- timeframe. plpgsql, as grafana.bars() is.
-- needs: bar_time, timeframe, trading_days

create function grafana.volume_spikes(timeframe text, "limit" integer default 10)
returns table (
    symbol text,
    "time" timestamptz,  -- noqa: RF06
    volume bigint,
    usual_volume double precision,
    ratio double precision
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    t meta.timeframes;
    since timestamptz;
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = grafana.timeframe(volume_spikes.timeframe, null, null) and f.stored;
    if not found then
        return;
    end if;
    select min(n.bucket) into since
    from (
        select b.bucket, row_number() over (partition by d.segment order by b.bucket desc) as nth
        -- a trading day holds one bar at least, and few are shorter than an hour
        from grafana.trading_days(2 + ceil(25 * least(extract(epoch from t.width) / 3600, 1))::integer) as d
        cross join lateral generate_series(
            meta.bucket_start(t.width, d.opens_at),
            least(d.closes_at, meta.now()) - interval '1 microsecond',
            t.width
        ) as b (bucket)
        where d.segment in (select i.segment from candles.followed as i)
    ) as n
    where n.nth <= 25;  -- the forming one as well

    return query execute format(
        'with bars as (
            select
                c.instrument_id,
                max(c.bucket) as bucket,
                array_agg(c.volume order by c.bucket) as volumes,
                count(*)::integer as held
            from candles.candles_%1$s as c
            where
                c.bucket >= $1
                and (
                    c.bucket < $2
                    or c.instrument_id = any (array(
                        select i.id
                        from candles.followed as i
                        where i.segment = any ((select candles.ended_segments($3))::text[])
                    ))
                )
            group by c.instrument_id
            having count(*) > 20
        ),

        compared as (
            select
                i.symbol,
                b.bucket,
                b.volumes[b.held] as volume,
                (
                    select avg(v.volume)::double precision
                    from unnest(b.volumes[b.held - 20:b.held - 1]) as v (volume)
                ) as usual_volume,
                max(b.bucket) over (partition by i.segment) as segment_bucket
            from bars as b
            inner join candles.followed as i on i.id = b.instrument_id
        )

        select c.symbol, grafana.bar_time(c.bucket, %1$L), c.volume, c.usual_volume, c.volume / c.usual_volume
        from compared as c
        where c.bucket = c.segment_bucket and c.usual_volume > 0
        order by c.volume / c.usual_volume desc, c.symbol
        limit $4',
        t.timeframe
    )
    using since, meta.bucket_start(t.width, meta.now() - interval '2 seconds'), t.width, greatest("limit", 0);
end
$$;
comment on function grafana.volume_spikes(text, integer) is
'Instruments whose newest closed bar has the greatest volume against the 20 before it.';
