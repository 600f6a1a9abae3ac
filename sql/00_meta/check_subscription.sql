-- Trigger check_subscription on ledger.indicator_subscriptions: what could never be computed is refused when it is
-- written, and timeframe and id are put into their usual spelling ('5min' → '5m', 'rsi' → 'RSI_14').
-- Raises BH001 for a timeframe that is unknown or not kept live, BH006 unknown indicator, BH007 wrong parameters.

create or replace function ledger.check_subscription()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    t meta.timeframes;
    i record;
begin
    select f.* into t from meta.timeframes as f where f.timeframe = meta.timeframe(new.timeframe);
    if not t.stored and t.base is null then
        raise exception using
            errcode = 'BH001',
            message = format('indicators are not kept live at %s', t.timeframe),
            hint = 'subscribe to a timeframe from 1m on; indicator() computes any';
    end if;
    select p.* into i from indicators.parse(new.id) as p;
    perform indicators.prepare(i.name, i.parameters);
    new.timeframe := t.timeframe;
    new.id := i.id;
    return new;
end
$$;
comment on function ledger.check_subscription() is
'Refuses a subscription that could never be computed, and spells timeframe and id as usual.';

create or replace trigger check_subscription
before insert or update of timeframe, id on ledger.indicator_subscriptions
for each row execute function ledger.check_subscription();
comment on trigger check_subscription on ledger.indicator_subscriptions is
'Refuses what could never be computed, and spells the others as usual.';
