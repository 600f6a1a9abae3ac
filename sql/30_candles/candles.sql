-- candles.candles(instrument_id, timeframe, since, until, fill) → bars in order of time, of any timeframe in
-- meta.timeframes or an alias. since is floored to its bar, until is exclusive; by default the current trading day.
-- fill: what is missing is asked for (gaps.want(), which stands in 40_gaps); the bars of it are there a little later.
-- Stored timeframes come from their view; the others are folded from the largest stored timeframe that divides them,
-- seconds from ticks. Raises BH001 for an unknown timeframe, BH005 when until lies before since.

create function candles.candles(
    instrument_id integer,
    timeframe text,
    since timestamptz default null,
    until timestamptz default 'infinity',
    fill boolean default true
)
returns table (
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
parallel restricted
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    t meta.timeframes;
    low timestamptz;
    high timestamptz;
    market_time timestamptz := meta.now();
begin
    select f.* into t
    from meta.timeframes as f
    where f.timeframe = meta.timeframe(candles.timeframe);
    low := meta.bucket_start(t.width, coalesce(since, meta.bucket_start('1 day', market_time)));
    high := case
        when isfinite(until) then meta.bucket_end(t.width, meta.bucket_start(t.width, until - interval '1 microsecond'))
        else until
    end;
    if until < since then
        raise exception using
            errcode = 'BH005',
            message = format('the range ends (%s) before it starts (%s)', until, since),
            hint = 'candles(instrument_id, timeframe, since, until): since comes first';
    end if;

    if fill then
        perform gaps.want(instrument_id, low, high, t.timeframe);
    end if;

    if t.stored then
        return query execute format(
            'select
                c.bucket, c.open, c.high, c.low, c.close, c.volume, c.missed_volume, c.open_interest, c.turnover, c.ticks,
                c.is_closed, c.session_date
            from candles.candles_%s as c
            where c.instrument_id = $1 and c.bucket >= $2 and c.bucket < $3
            order by c.bucket',
            t.timeframe
        )
        using instrument_id, low, until;
    elsif t.base is not null then
        return query execute format(
            'select
                b.*,
                meta.bucket_end($4, b.bucket) + interval ''2 seconds'' <= $5
                or coalesce(
                    (select i.segment from market.instruments as i where i.id = $1)
                    = any ((select candles.ended_segments($4))::text[]),
                    false
                ),
                (b.bucket at time zone ''Asia/Kolkata'')::date
            from (
                select
                    meta.bucket_start($4, c.bucket) as bucket,
                    (array_agg(c.open order by c.bucket))[1],
                    max(c.high),
                    min(c.low),
                    (array_agg(c.close order by c.bucket desc))[1],
                    sum(c.volume)::bigint,
                    sum(c.missed_volume)::bigint,
                    (array_agg(c.open_interest order by c.bucket desc) filter (where c.open_interest is not null))[1],
                    sum(c.turnover),
                    sum(c.ticks)::bigint
                from candles.candles_%s as c
                where c.instrument_id = $1 and c.bucket >= $2 and c.bucket < $3
                group by 1
            ) as b
            order by b.bucket',
            t.base
        )
        using instrument_id, low, high, t.width, market_time;
    else
        return query
        select
            b.*,
            b.bucket + t.width + interval '2 seconds' <= market_time,
            (b.bucket at time zone 'Asia/Kolkata')::date
        from (
            select
                date_bin(t.width, d.time, timestamptz '2000-01-02 19:45:00+00') as bucket,
                (array_agg(d.ltp order by d.time))[1],
                max(d.ltp),
                min(d.ltp),
                (array_agg(d.ltp order by d.time desc))[1],
                sum(d.volume)::bigint,
                sum(d.missed_volume)::bigint,
                (array_agg(d.open_interest order by d.time desc) filter (where d.open_interest is not null))[1],
                sum(d.ltp * d.volume),
                count(*)
            from store.tick_data as d
            where d.instrument_id = candles.instrument_id and d.time >= low and d.time < high
            group by 1
        ) as b
        order by b.bucket;
    end if;
end
$$;
comment on function candles.candles(integer, text, timestamptz, timestamptz, boolean) is
'Candles of one instrument at any listed timeframe, in order of time; the forming bar has is_closed = false. What is missing is asked for, unless fill is false.';
