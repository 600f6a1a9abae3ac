-- indicators.subscribe(instrument_id, timeframe, id, client, lasts) → the full id: from now on the indicator is kept in
-- indicators_live, and NOTIFY indicator tells of changes. A client must subscribe again before `lasts` has passed (wall
-- clock), or it is taken for dead; null: it never expires. client: any name; by default the database session.
-- Any timeframe from a minute on. Raises BH001, BH006, BH007 (ledger.check_subscription()), and BH002 for an unknown
-- instrument.

create function indicators.subscribe(
    instrument_id integer,
    timeframe text,
    id text,
    client text default null,
    lasts interval default '5 minutes'
)
returns text
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    full_id text;
begin
    if not exists (select from market.instruments as i where i.id = subscribe.instrument_id) then
        raise exception using
            errcode = 'BH002',
            message = format('no instrument %s', subscribe.instrument_id),
            hint = 'market.id(symbol) gives the id of a symbol';
    end if;
    insert into ledger.indicator_subscriptions as s (timeframe, instrument_id, id, client, expires_at)
    values (
        subscribe.timeframe,
        subscribe.instrument_id,
        subscribe.id,
        coalesce(subscribe.client, indicators.session_client()),
        coalesce(now() + lasts, 'infinity')
    )
    on conflict on constraint indicator_subscriptions_pkey do update set expires_at = excluded.expires_at
    returning s.id into full_id;
    return full_id;
end
$$;
comment on function indicators.subscribe(integer, text, text, text, interval) is
'Keeps an indicator of an instrument and timeframe live until the subscription ends or expires.';
