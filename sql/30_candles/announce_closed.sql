-- candles.announce_closed() → notifications sent: NOTIFY candle_closed for every bar of a stored timeframe that has
-- closed by the market clock since the last call, one per timeframe and bucket: {"timeframe": "5m", "bucket": "…",
-- "segments": ["NSE"]}. Where segments close a bar at different times (15:30, 15:40), each close is announced. A hint
-- to read again: there may be no candle. Looks back a day at the most.
-- needs: closings

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
    select count(pg_notify(
        'candle_closed',
        jsonb_build_object('timeframe', c.timeframe, 'bucket', c.bucket, 'segments', c.segments)::text
    ))
    into sent
    from candles.closings(since, upto) as c
    inner join meta.timeframes as t on t.timeframe = c.timeframe and t.stored;
    update ledger.candle_clock set announced_until = upto;
    return sent;
end
$$;
comment on function candles.announce_closed() is
'Sends NOTIFY candle_closed for every timeframe and bucket that closed since the last call.';
