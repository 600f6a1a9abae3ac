-- store.divert_stragglers(): moves the ticks of the session's temporary table staged_ticks whose minute a broker's
-- candle has replaced to store.replaced_ticks: the candle stands.

create or replace function store.divert_stragglers()
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
begin
    with diverted as (
        delete from pg_temp.staged_ticks as s
        using ledger.coverage as c
        where c.instrument_id = s.instrument_id and c.timeframe = '1m' and s.time <@ c.covered
        returning s.*
    )

    insert into store.replaced_ticks
    select * from diverted;
end
$$;
comment on function store.divert_stragglers() is
'Moves staged ticks of minutes for which a broker''s candle stands to store.replaced_ticks.';
