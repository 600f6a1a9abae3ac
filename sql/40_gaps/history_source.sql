-- gaps.history_source(broker, timeframe, segment) → the candles to ask a broker for to get those of a stored
-- timeframe: the widest that it serves of which they can be made; days: the most in one call. Candles of brokers
-- begin at the open, so where a segment opens off the grid of a timeframe (09:00, bars of 1h at 09:15), they are
-- made of smaller ones. No row for a broker without history. Reads market.history_sources, market.sessions.

create function gaps.history_source(broker text, timeframe text, segment text)
returns table (source_timeframe text, broker_timeframe text, days integer)
language sql
stable
parallel safe
begin atomic
    select
        h.timeframe as source_timeframe,
        h.broker_timeframe,
        h.days
    from market.history_sources as h
    inner join meta.timeframes as f on f.timeframe = h.timeframe
    inner join meta.timeframes as t on t.timeframe = history_source.timeframe
    where
        h.broker = history_source.broker
        and f.ordinal <= t.ordinal
        and (
            f.timeframe = '1d'
            or not exists (
                select
                from (
                    select s.opens_at
                    from market.sessions as s
                    where s.segment = history_source.segment and s.kind = 'continuous'
                    order by s.opens_at desc
                    limit 1
                ) as newest
                where meta.bucket_start(f.width, newest.opens_at) <> newest.opens_at
            )
        )
    order by f.ordinal desc
    limit 1;
end;
comment on function gaps.history_source(text, text, text) is
'The candles to ask a broker for to get those of a stored timeframe.';
