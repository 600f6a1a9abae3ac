-- grafana.trading(grace) → the trading sessions that hold the market clock, or ended up to grace ago, of segments with
-- a followed instrument. Alerts speak in them alone: nothing at night, on a holiday or without a market time.

create function grafana.trading(grace interval default '0 seconds')
returns table (segment text, opens_at timestamptz, closes_at timestamptz)
language sql
stable
parallel safe
begin atomic
    select
        s.segment,
        s.opens_at,
        s.closes_at
    from market.sessions as s
    where
        s.opens_at <= (select meta.now())
        and s.opens_at > (select meta.now()) - trading.grace - interval '1 day'  -- no session is longer
        and s.closes_at > (select meta.now()) - trading.grace
        and s.segment in (
            select i.segment
            from candles.followed as i
        );
end;
comment on function grafana.trading(interval) is
'The trading sessions that hold the market clock, of segments with a followed instrument.';
