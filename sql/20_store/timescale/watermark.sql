-- store.watermark(timeframe) → timestamptz: up to here the aggregate of the timeframe is materialized; '-infinity'
-- while it is not at all. Ticks written below it stay out of the candles until a refresh.
-- Reads TimescaleDB's catalogue; plpgsql: a tracked dependency on it would be in the way of TimescaleDB's updates.

create or replace function store.watermark(timeframe text)
returns timestamptz
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case
            when w.watermark > 0 then to_timestamp(0) + w.watermark * interval '1 microsecond'
            else '-infinity'
        end
        from _timescaledb_catalog.continuous_agg as a
        inner join _timescaledb_catalog.continuous_aggs_watermark as w on w.mat_hypertable_id = a.mat_hypertable_id
        where a.user_view_schema = 'store' and a.user_view_name = 'live_' || watermark.timeframe
    );
end
$$;
comment on function store.watermark(text) is
'Up to where the continuous aggregate of a timeframe is materialized; -infinity while it is not at all.';
