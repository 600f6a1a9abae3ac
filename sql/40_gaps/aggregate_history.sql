-- gaps.aggregate_history(instrument_id, timeframe, ranges): after the broker's candles of a stored timeframe came
-- into history for these times, the bars of every longer stored timeframe that they belong to are made of candles of
-- it, and go to history too: they win over those that were made of what was there before. A bar of which a part is
-- missing at the timeframe is left alone. Reads candles.candles_*.
-- needs: missing, whole_bars

create function gaps.aggregate_history(instrument_id integer, timeframe text, ranges tstzmultirange)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    t record;
    days constant tstzmultirange := gaps.whole_bars(ranges, '24 hours');
    missing tstzmultirange;
    whole tstzmultirange;
begin
    select m.missing into missing
    from gaps.missing(array[aggregate_history.instrument_id], lower(days), upper(days), timeframe) as m;
    for t in
        select
            f.timeframe,
            f.width
        from meta.timeframes as f
        inner join meta.timeframes as s on s.timeframe = aggregate_history.timeframe and f.ordinal > s.ordinal
        where f.stored
        order by f.ordinal
    loop
        whole := gaps.whole_bars(ranges, t.width) - coalesce(gaps.whole_bars(missing, t.width), '{}');
        continue when isempty(whole);
        call store.ensure_history(t.timeframe, lower(whole), upper(whole));
        execute format(
            'delete from store.history_%s as h
            using unnest($2) as w (part)
            where h.instrument_id = $1 and h.bucket >= lower(w.part) and h.bucket < upper(w.part)',
            t.timeframe
        )
        using instrument_id, whole;
        execute format(
            'insert into store.history_%s (
                instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks
            )
            select
                $1,
                meta.bucket_start($3, c.bucket),
                (array_agg(c.open order by c.bucket))[1],
                max(c.high),
                min(c.low),
                (array_agg(c.close order by c.bucket desc))[1],
                sum(c.volume)::bigint,
                sum(c.missed_volume)::bigint,
                (array_agg(c.open_interest order by c.bucket desc) filter (where c.open_interest is not null))[1],
                sum(c.turnover),
                sum(c.ticks)::bigint
            from unnest($2) as w (part)
            cross join lateral (
                select * from candles.candles_%s as o
                where o.instrument_id = $1 and o.bucket >= lower(w.part) and o.bucket < upper(w.part)
            ) as c
            group by 2',
            t.timeframe, timeframe
        )
        using instrument_id, whole, t.width;
    end loop;
end
$$;
comment on function gaps.aggregate_history(integer, text, tstzmultirange) is
'Makes the bars of longer timeframes in history of the candles of a timeframe, where nothing is missing.';
