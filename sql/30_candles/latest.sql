-- candles.latest(timeframe, instrument_ids) → the newest bar of each instrument (default: all that have one), forming
-- or closed, of a stored timeframe or an alias of one. Raises BH001 for any other.
-- Most have a bar in the current or the previous bucket, read in one pass; for the others the newest day candle, of the
-- last ten days if there is one, tells on which day to look.

create function candles.latest(timeframe text, instrument_ids integer[] default null)
returns table (
    instrument_id integer,
    bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    missed_volume bigint,
    open_interest bigint,
    turnover double precision,
    ticks bigint,
    is_closed boolean,
    session_date date
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    t meta.timeframes;
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = meta.timeframe(latest.timeframe);
    if not t.stored then
        raise exception using
            errcode = 'BH001',
            message = format('latest() serves stored timeframes, not "%s"', t.timeframe),
            hint = 'one of 1m 5m 15m 30m 1h 4h 1d; or candles(instrument_id, timeframe, since)';
    end if;

    return query execute format(
        'with asked as materialized (
            select i.id from market.instruments as i where $1 is null or i.id = any ($1)
        ),

        recent as materialized (
            select distinct on (c.instrument_id) c.*
            from candles.candles_%1$s as c
            where c.bucket >= $2 and ($1 is null or c.instrument_id = any ($1))
            order by c.instrument_id, c.bucket desc
        ),

        older as (
            select c.*
            from asked as a
            cross join lateral (
                select coalesce(
                    (
                        select max(d.bucket)
                        from candles.candles_1d as d
                        where d.instrument_id = a.id and d.bucket >= $2 - interval ''10 days''
                    ),
                    (select max(d.bucket) from candles.candles_1d as d where d.instrument_id = a.id)
                ) as bucket
            ) as newest_day
            cross join lateral (
                select c.*
                from candles.candles_%1$s as c
                where c.instrument_id = a.id and c.bucket >= newest_day.bucket and c.bucket < newest_day.bucket + interval ''1 day''
                order by c.bucket desc
                limit 1
            ) as c
            where not exists (select from recent as r where r.instrument_id = a.id)
        )

        select * from recent
        union all
        select * from older',
        t.timeframe
    )
    using instrument_ids, meta.bucket_start(t.width, meta.now()) - t.width;
end
$$;
comment on function candles.latest(text, integer[]) is
'The newest bar of each instrument at a stored timeframe, forming or closed.';
