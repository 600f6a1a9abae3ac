-- indicators.read_bars(instrument_id, timeframe, since, until, forming, columns, bars, sessions) → a row: the bars of
-- candles() from since (floored to its bar: asked_from; default: the current trading day) to until, and those before
-- that an indicator needs, as arrays of one length in order of time; of open, high, low, close, volume and session_date
-- those that columns names, the others are null. bars: that many before, fewer where there are none; null: from the
-- anchor, on timeframes made of ticks a row for each trading day with bars. sessions: also the day's bars from its
-- first (0) and the trading day before (1). forming = false leaves out the bar that has not closed.
-- Raises BH001 for an unknown timeframe, BH005 when until lies before since.
-- needs: anchor, reading_start

create function indicators.read_bars(
    instrument_id integer,
    timeframe text,
    since timestamptz,
    until timestamptz,
    forming boolean,
    columns text[],
    bars integer,
    sessions integer
)
returns table (
    asked_from timestamptz,
    bucket timestamptz[],
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    session_date date[]
)
language plpgsql
stable
parallel safe
rows 1
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    t meta.timeframes;
    wanted integer := case when bars is not null then greatest(bars, sessions) end;
    wanted_before timestamptz;
    read_from timestamptz;
    before integer;
    starts integer[] := '{1}';
begin
    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(read_bars.timeframe);
    asked_from := meta.bucket_start(t.width, coalesce(since, meta.bucket_start('1 day', meta.now())));
    if until < since then
        raise exception using
            errcode = 'BH005',
            message = format('the range ends (%s) before it starts (%s)', until, since),
            hint = 'since comes before until, as in candles(instrument_id, timeframe, since, until)';
    end if;
    wanted_before := case when sessions is null then asked_from else meta.bucket_start('1 day', asked_from) end;
    if wanted is null then
        read_from := greatest(indicators.anchor(t.timeframe, asked_from), '-infinity');
    elsif wanted = 0 then
        read_from := wanted_before;
    elsif wanted * t.width > interval '1 year' then
        read_from := '-infinity';  -- finding the start takes as long as reading all, and often there is no more
    else
        read_from := meta.bucket_start(  -- a day may have two sessions
            '1 day', coalesce(indicators.reading_start(instrument_id, t.width, wanted_before, wanted), '-infinity')
        );
    end if;
    loop
        execute format(
            'select
                coalesce(array_agg(c.bucket), ''{}''),
                %s,
                count(*) filter (where c.bucket < $4)
            from %s as c
            where %s',
            (
                select string_agg(
                    case when k.name = any (columns) then format('coalesce(array_agg(%s), ''{}'')', k.value) else 'null' end,
                    ', '
                    order by k.nth
                )
                from (
                    values
                    (1, 'open', 'c.open'),
                    (2, 'high', 'c.high'),
                    (3, 'low', 'c.low'),
                    (4, 'close', 'c.close'),
                    (5, 'volume', 'c.volume::double precision'),
                    (6, 'session_date', 'c.session_date')
                ) as k (nth, name, value)
            ),
            case
                when t.stored then format(  -- candles() would compute every column
                    '(
                        select v.* from candles.candles_%s as v
                        where v.instrument_id = $1 and v.bucket >= $2 and v.bucket < $3
                        order by v.bucket
                    )',
                    t.timeframe
                )
                else format('candles.candles($1, %L, $2, $3, false)', t.timeframe)
            end,
            case when forming then 'true' else 'c.is_closed' end
        )
        into bucket, open, high, low, close, volume, session_date, before
        using instrument_id, read_from, until, wanted_before;
        exit when before >= wanted or wanted is null or read_from = '-infinity';
        read_from := '-infinity';  -- it does not trade in every bar, or has not been there for so long
    end loop;
    if before > bars and sessions is null then
        starts := array[before - bars + 1];
    elsif wanted is null and not t.stored and t.base is null then
        starts := array(
            select min(u.nth)
            from unnest(bucket) with ordinality as u (at, nth)
            group by meta.bucket_start('1 day', u.at)
        );
    end if;
    return query
    select
        asked_from,
        bucket[r.first:r.last],
        open[r.first:r.last],
        high[r.first:r.last],
        low[r.first:r.last],
        close[r.first:r.last],
        volume[r.first:r.last],
        session_date[r.first:r.last]
    from (
        select s.first, lead(s.first, 1, cardinality(bucket) + 1) over (order by s.first) - 1 as last
        from unnest(starts) as s (first)
    ) as r
    order by r.first;
end
$$;
comment on function indicators.read_bars(integer, text, timestamptz, timestamptz, boolean, text[], integer, integer) is
'Bars of a range with those before it that an indicator needs, as arrays.';
