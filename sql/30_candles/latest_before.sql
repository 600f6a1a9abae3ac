-- candles.latest_before(timeframe, instrument_ids, before) → the newest bar of each of these instruments, of a stored
-- timeframe, for instruments that have none from `before` on: their newest day candle, of the ten days up to there if
-- there is one, tells on which day to look.
-- Part of candles.latest(), and apart from it because planning this takes longer than most calls need: without
-- instruments nothing is planned.

create function candles.latest_before(timeframe text, instrument_ids integer[], before timestamptz)
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
        'select c.*
        from unnest($1) as a (id)
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
        ) as c',
        timeframe
    )
    using instrument_ids, before;
end
$$;
comment on function candles.latest_before(text, integer[], timestamptz) is
'The newest bar of each of these instruments at a stored timeframe, for those that have none from an instant on.';
