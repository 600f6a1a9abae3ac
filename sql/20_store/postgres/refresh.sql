-- store.refresh(since, until): live candles that touch the range are made anew from the ticks. Writers wait meanwhile,
-- readers do not.
-- Raises BH003 before the horizon of the ticks; a bar whose source has been dropped in part, or that
-- has itself been dropped, is left alone.
-- needs: rebuild_candles

create or replace procedure store.refresh(since timestamptz, until timestamptz)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform store.check_horizon(since);
    lock table store.tick_data in share row exclusive mode;
    perform store.rebuild_candles(since, until);
end
$$;
comment on procedure store.refresh is
'Afterwards live candles in the range reflect every tick; raises BH003 before the horizon.';
