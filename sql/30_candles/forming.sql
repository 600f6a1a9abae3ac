-- candles.forming(instrument_id, timeframes) → the newest bar of each timeframe that has not closed yet, by the market
-- clock. Default: every stored timeframe. No row for a timeframe whose current bar has no tick, or has closed.
-- needs: candles

create function candles.forming(instrument_id integer, timeframes text[] default null)
returns table (
    timeframe text,
    bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    missed_volume bigint,
    open_interest bigint,
    turnover double precision,
    ticks bigint
)
language sql
stable
parallel safe
begin atomic
    select
        t.timeframe,
        c.bucket,
        c.open,
        c.high,
        c.low,
        c.close,
        c.volume,
        c.missed_volume,
        c.open_interest,
        c.turnover,
        c.ticks
    from meta.timeframes as t
    cross join lateral candles.candles(forming.instrument_id, t.timeframe, (select meta.now()), 'infinity', false) as c
    where
        not c.is_closed
        and case
            when forming.timeframes is null then t.stored
            else t.timeframe in (select meta.timeframe(asked.name) from unnest(forming.timeframes) as asked (name))
        end
    order by t.ordinal;
end;
comment on function candles.forming(integer, text[]) is 'The bars that are forming now: one for each timeframe.';
