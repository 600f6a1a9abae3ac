-- candles.subscribe(broker) → (broker_key, instrument_id) of candles.subscription(broker), in its order, after
-- ledger.subscriptions was made equal to it. Rows that are right stay as they are.
-- Stands here and not with the ledger, as it depends on candles.
-- needs: subscription

create function candles.subscribe(broker text)
returns table (broker_key text, instrument_id integer)
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    keys text[];
    ids integer[];
begin
    select array_agg(s.broker_key order by s.nth), array_agg(s.instrument_id order by s.nth)
    into keys, ids
    from candles.subscription(subscribe.broker) with ordinality as s (broker_key, instrument_id, nth);

    delete from ledger.subscriptions as l
    where not exists (select from unnest(ids) as wanted (id) where wanted.id = l.instrument_id);

    insert into ledger.subscriptions (instrument_id)
    select unnest(ids)
    on conflict do nothing;

    return query
    select u.broker_key, u.instrument_id
    from unnest(keys, ids) with ordinality as u (broker_key, instrument_id, nth)
    order by u.nth;
end
$$;
comment on function candles.subscribe(text) is
'Makes ledger.subscriptions what the watchlist comes to for a broker, and returns it with the broker''s keys.';
