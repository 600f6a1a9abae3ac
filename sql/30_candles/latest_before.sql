-- candles.latest_before(timeframe, instrument_ids, before, long_before) → the newest bar of each of these
-- instruments, of a stored timeframe, that lies before an instant, if they have a day candle in the ten days up to
-- there: from it on, and where that finds none from the ten days. If long_before, all are read however old they are.
-- Part of candles.latest(), and apart from it because planning this takes longer than most calls need: without
-- instruments nothing is planned.

create function candles.latest_before(
    timeframe text,
    instrument_ids integer[],
    before timestamptz,
    long_before boolean
)
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
begin
    if cardinality(instrument_ids) = 0 then
        return;
    end if;
    return query execute format(
        'with newest_days as materialized (
            select
                d.instrument_id,
                max(d.bucket) as bucket
            from candles.candles_1d as d
            where d.instrument_id = any ($1) and d.bucket >= $2 - interval ''10 days''
            group by d.instrument_id
        ),

        found as materialized (
            select c.*
            from newest_days as n
            cross join lateral (
                select c.*
                from candles.candles_%1$s as c
                where c.instrument_id = n.instrument_id and c.bucket >= n.bucket and c.bucket < $2
                order by c.bucket desc
                limit 1
            ) as c
        )

        select * from found
        union all
        select c.*
        from unnest($1) as a (id)
        cross join lateral (
            select c.*
            from candles.candles_%1$s as c
            where c.instrument_id = a.id and c.bucket < $2 and ($3 or c.bucket >= $2 - interval ''10 days'')
            order by c.bucket desc
            limit 1
        ) as c
        where
            not exists (select from found as f where f.instrument_id = a.id)
            and ($3 or exists (select from newest_days as n where n.instrument_id = a.id))',
        timeframe
    )
    using instrument_ids, before, long_before;
end
$$;
comment on function candles.latest_before(text, integer[], timestamptz, boolean) is
'The newest bar before an instant of each of these instruments at a stored timeframe.';
