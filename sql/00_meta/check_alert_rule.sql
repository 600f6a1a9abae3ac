-- Trigger check_alert_rule on ledger.alert_rules: a rule that could never be judged is refused when it is written, and
-- what people type is put into its usual spelling ('5min' → '5m', 'rsi' → 'RSI_14').
-- Raises BH001 unknown timeframe, BH006 unknown indicator, BH007 wrong parameters or output of an indicator; the rest
-- is checked by the constraints of the table.

create or replace function ledger.check_alert_rule()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    i record;
    outputs text[];
begin
    new.symbol := upper(new.symbol);
    new.timeframe := meta.timeframe(new.timeframe);
    if new.indicator is not null then
        select p.* into i from indicators.parse(new.indicator) as p;
        select p.outputs into outputs from indicators.prepare(i.name, i.parameters) as p;
        new.indicator := i.id;
        new.output := coalesce(lower(new.output), outputs[1]);
        if new.output <> all (outputs) then
            raise exception using
                errcode = 'BH007',
                message = format('%s has no output "%s"', i.id, new.output),
                hint = 'one of ' || array_to_string(outputs, ' ');
        end if;
    end if;
    return new;
end
$$;
comment on function ledger.check_alert_rule() is
'Refuses an alert rule with an unknown timeframe, indicator or output, and spells them as usual.';

create or replace trigger check_alert_rule
before insert or update on ledger.alert_rules
for each row execute function ledger.check_alert_rule();
comment on trigger check_alert_rule on ledger.alert_rules is
'Refuses a rule that could never be judged, and spells the others as usual.';
