-- Trigger notify_sessions on market.sessions: NOTIFY sessions, without a payload, when trading sessions come, change or
-- go. The daemon on a broker's feed then reads them again.

create or replace function market.notify_sessions()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_notify('sessions', '');
    return null;
end
$$;
comment on function market.notify_sessions() is 'Sends NOTIFY sessions.';

create or replace trigger notify_sessions
after insert or update or delete or truncate on market.sessions
for each statement execute function market.notify_sessions();
comment on trigger notify_sessions on market.sessions is 'Tells the daemon that the trading sessions have changed.';
