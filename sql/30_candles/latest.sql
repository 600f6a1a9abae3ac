-- candles.latest(timeframe, instrument_ids) → the newest bar of each instrument, forming or closed, of a stored
-- timeframe or an alias of one. Raises BH001 for any other. Without ids: of every instrument with a bar in the
-- bucket of the newest tick or the previous one, read in one pass, and of the other followed ones that traded in the
-- ten days before (candles.latest_before). With ids: however old it is.

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
        'with recent as materialized (
            select distinct on (c.instrument_id) c.*
            from candles.candles_%1$s as c
            where c.bucket >= $2 and ($1 is null or c.instrument_id = any ($1))
            order by c.instrument_id, c.bucket desc
        )

        select * from recent
        union all
        select o.*
        from candles.latest_before(
            %1$L,
            array(
                select f.id from candles.followed as f where $1 is null
                union all
                select * from unnest($1)
                except
                select r.instrument_id from recent as r
            ),
            $2,
            $1 is not null
        ) as o',
        t.timeframe
    )
    using instrument_ids, meta.bucket_start(t.width, least(meta.now(), store.newest_tick())) - t.width;
end
$$;
comment on function candles.latest(text, integer[]) is
'The newest bar of each instrument at a stored timeframe, forming or closed.';
