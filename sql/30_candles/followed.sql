-- View followed: the instruments that are followed (ledger.subscriptions), still listed, and not expired by the market
-- clock.

create view candles.followed as
select
    i.id,
    i.symbol,
    i.exchange,
    i.segment,
    i.tradingsymbol,
    i.name,
    i.kind,
    i.underlying_id,
    i.expiry,
    i.strike,
    i.option_type,
    i.lot_size,
    i.tick_size
from ledger.subscriptions as s
inner join market.instruments as i on s.instrument_id = i.id
where
    i.is_active
    and (i.expiry is null or i.expiry >= (select (meta.now() at time zone 'Asia/Kolkata')::date));
comment on view candles.followed is 'The instruments that are followed now: subscribed, listed, not expired.';
