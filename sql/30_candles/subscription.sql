-- candles.subscription(broker) → the broker's keys to subscribe to today, each once, the most important first: what the
-- watchlist comes to by candles.watchlist_members().
-- needs: watchlist_members

create function candles.subscription(broker text)
returns table (broker_key text, instrument_id integer)
language sql
stable
parallel safe
begin atomic
    select
        max(w.broker_key) as broker_key,
        w.instrument_id
    from candles.watchlist_members(subscription.broker) as w
    where w.broker_key is not null
    group by w.instrument_id
    order by min(w.place);
end;
comment on function candles.subscription(text) is
'The instruments of the watchlist that a broker has today, with its keys, the most important first.';
