-- candles.announce_closed() → notifications sent: NOTIFY candle_closed for every bar that has closed by the market
-- clock since the last call, one per timeframe and bucket: {"timeframe": "5m", "bucket": "…", "segments": ["NSE"]}.
-- Where segments close a bar at different times (15:30, 15:40), each close is announced. A hint to read again: there
-- may be no candle. Looks back a day at the most. Reads the trading sessions, no candles.

create function candles.announce_closed()
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    upto timestamptz := meta.now() - interval '2 seconds';
    since timestamptz := (select greatest(c.announced_until, upto - interval '1 day') from ledger.candle_clock as c);
    sent integer := 0;
begin
    if upto is null then
        return 0;
    end if;
    if since is null then
        insert into ledger.candle_clock (announced_until) values (upto);
        return 0;
    end if;
    with bars as (
        select
            t.timeframe,
            b.bucket,
            s.segment,
            least(b.bucket + t.width, max(s.closes_at)) as closes_at
        from market.sessions as s
        cross join meta.timeframes as t
        cross join lateral generate_series(
            meta.bucket_start(t.width, greatest(s.opens_at, since - t.width)),
            least(s.closes_at, upto) - interval '1 microsecond',
            t.width
        ) as b (bucket)
        where
            t.stored
            and s.opens_at < upto + interval '1 day'  -- a later session of the day keeps its bar open
            and s.closes_at > since - interval '1 day'
            and exists (select from market.instruments as i where i.segment = s.segment and i.is_active)
        group by t.timeframe, b.bucket, t.width, s.segment
    ),

    closed as (
        select
            b.timeframe,
            b.bucket,
            b.closes_at,
            jsonb_agg(b.segment order by b.segment) as segments
        from bars as b
        where b.closes_at > since and b.closes_at <= upto
        group by b.timeframe, b.bucket, b.closes_at
        order by b.closes_at
    )

    select count(pg_notify(
        'candle_closed',
        jsonb_build_object('timeframe', c.timeframe, 'bucket', c.bucket, 'segments', c.segments)::text
    ))
    into sent
    from closed as c;
    update ledger.candle_clock set announced_until = upto;
    return sent;
end
$$;
comment on function candles.announce_closed() is
'Sends NOTIFY candle_closed for every timeframe and bucket that closed since the last call.';
