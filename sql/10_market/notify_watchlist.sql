-- Trigger notify_watchlist on ledger.watchlist: NOTIFY watchlist, without a payload, when entries come, change or go.
-- The daemon then follows what the list comes to.

create or replace function market.notify_watchlist()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_notify('watchlist', '');
    return null;
end
$$;
comment on function market.notify_watchlist() is 'Sends NOTIFY watchlist.';

create or replace trigger notify_watchlist
after insert or update or delete or truncate on ledger.watchlist
for each statement execute function market.notify_watchlist();
comment on trigger notify_watchlist on ledger.watchlist is 'Tells the daemon that the watchlist has changed.';
