-- indicators.unsubscribe(instrument_id, timeframe, id, client) → subscriptions ended; null means any: unsubscribe()
-- ends all of this session, unsubscribe(client => 'desk') all of that client.
-- needs: parse, session_client

create function indicators.unsubscribe(
    instrument_id integer default null,
    timeframe text default null,
    id text default null,
    client text default null
)
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    ended integer;
begin
    delete from ledger.indicator_subscriptions as s
    where
        s.client = coalesce(unsubscribe.client, indicators.session_client())
        and (unsubscribe.instrument_id is null or s.instrument_id = unsubscribe.instrument_id)
        and (unsubscribe.timeframe is null or s.timeframe = meta.timeframe(unsubscribe.timeframe))
        and (unsubscribe.id is null or s.id = (select p.id from indicators.parse(unsubscribe.id) as p));
    get diagnostics ended = row_count;
    return ended;
end
$$;
comment on function indicators.unsubscribe(integer, text, text, text) is
'Ends subscriptions of a client, by default of this session.';
