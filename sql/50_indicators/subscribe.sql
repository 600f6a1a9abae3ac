-- indicators.subscribe(instrument_id, timeframe, id, client, lasts) → the full id: from now on the indicator is kept in
-- indicators_live, and NOTIFY indicator tells of changes. A client must subscribe again before `lasts` has passed (wall
-- clock), or it is taken for dead; null: it never expires. client: any name; by default the database session.
-- Any timeframe from a minute on. Raises BH001, BH006, BH007, and BH002 for an unknown instrument.
-- needs: parse, prepare

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
    t meta.timeframes;
    p record;
begin
    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(subscribe.timeframe);
    if not t.stored and t.base is null then
        raise exception using
            errcode = 'BH001',
            message = format('indicators are not kept live at %s', t.timeframe),
            hint = 'subscribe to a timeframe from 1m on; indicator() computes any';
    end if;
    select i.* into p from indicators.parse(subscribe.id) as i;
    perform indicators.prepare(p.name, p.parameters);
    if not exists (select from market.instruments as i where i.id = subscribe.instrument_id) then
        raise exception using
            errcode = 'BH002',
            message = format('no instrument %s', subscribe.instrument_id),
            hint = 'market.id(symbol) gives the id of a symbol';
    end if;
    insert into ledger.indicator_subscriptions as s (timeframe, instrument_id, id, client, expires_at)
    values (
        t.timeframe,
        subscribe.instrument_id,
        p.id,
        coalesce(subscribe.client, indicators.session_client()),
        coalesce(now() + lasts, 'infinity')
    )
    on conflict on constraint indicator_subscriptions_pkey do update set expires_at = excluded.expires_at;
    return p.id;
end
$$;
comment on function indicators.subscribe(integer, text, text, text, interval) is
'Keeps an indicator of an instrument and timeframe live until the subscription ends or expires.';
