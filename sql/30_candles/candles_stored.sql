-- Views candles_1m … candles_1d: the public series, one for each stored timeframe.
-- Broker history wins over live candles. A bar is closed two seconds after the earlier of
-- its end and the end of its trading session (candles.ended_segments: looked up for the newest bars alone).
-- A range on (instrument_id, bucket) reaches both branches; a descending read without a lower bound would read
-- everything: see candles.latest().
-- needs: ended_segments

do $do$
declare
    t record;
begin
    for t in select timeframe, width from meta.timeframes where stored order by ordinal loop
        execute format(
            $sql$
            create view candles.candles_%1$s as
            select
                c.instrument_id,
                c.bucket,
                c.open,
                c.high,
                c.low,
                c.close,
                c.volume,
                c.missed_volume,
                c.open_interest,
                c.turnover,
                c.ticks,
                c.bucket + interval %2$L + interval '2 seconds' <= (select meta.now())
                or coalesce(
                    (select i.segment from market.instruments as i where i.id = c.instrument_id)
                    = any ((select candles.ended_segments(interval %2$L))::text[]),
                    false
                ) as is_closed,
                (c.bucket at time zone 'Asia/Kolkata')::date as session_date
            from (
                select distinct on (u.instrument_id, u.bucket) u.*
                from (
                    select
                        instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks,
                        0 as priority
                    from store.history_%1$s
                    union all
                    select
                        instrument_id, bucket, open, high, low, close, volume, missed_volume, open_interest, turnover, ticks,
                        1 as priority
                    from store.live_%1$s
                ) as u
                order by u.instrument_id, u.bucket, u.priority
            ) as c
            $sql$,
            t.timeframe, t.width
        );
        execute format(
            'comment on view candles.candles_%1$s is %2$L',
            t.timeframe,
            format('Candles of %s: broker history where there is any, else live. Prices in rupees, turnover in rupees, bucket = start of the bar.', t.timeframe)
        );
    end loop;
end
$do$;
