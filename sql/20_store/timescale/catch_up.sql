-- store.catch_up(): in a replay database, materializes the aggregates up to the market clock, as TimescaleDB's
-- policies, which know only the wall clock, do elsewhere. Top level only: it commits.

create or replace procedure store.catch_up()
language plpgsql
as $$
declare
    since timestamptz;
begin
    if (select s.value from meta.settings as s where s.name = 'clock') <> 'replay' then
        return;
    end if;
    select greatest(pg_catalog.min(store.watermark(t.timeframe)), (select pg_catalog.min(d.time) from store.tick_data as d))
    into since
    from meta.timeframes as t
    where t.stored;
    since := greatest(since, (select h.horizon from meta.horizon as h where h.relation = 'tick_data'));
    if since < meta.now() then
        call store.refresh(since, meta.now());
    end if;
end
$$;
comment on procedure store.catch_up is 'In a replay database: materializes the aggregates up to the market clock.';
