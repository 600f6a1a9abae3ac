-- indicators.set_anchors() → timeframes whose anchor was set or moved. Path-dependent indicators run from the first bar
-- that is kept; a day before the anchor's bars are dropped (meta.retention) it moves on, to the middle of what is kept,
-- and the live state is computed anew from there. Called daily. By the market clock.
-- Waits for an advance() or verify() to end.

create function indicators.set_anchors()
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    clock timestamptz := meta.now();
    moved text[];
begin
    if clock is null then
        return 0;
    end if;
    perform pg_advisory_xact_lock(hashtext('bhav.indicators'));
    with set_now as (
        insert into ledger.indicator_anchors as a (timeframe, starts_at)
        select
            t.timeframe,
            case when r.keep is null then '-infinity' else meta.bucket_start('1 day', clock - r.keep + interval '2 days') end
        from meta.timeframes as t
        inner join meta.retention as r on r.relation = t.timeframe
        on conflict (timeframe) do update
            set starts_at = meta.bucket_start(
                '1 day', clock - (select r.keep from meta.retention as r where r.relation = a.timeframe) / 2
            ),
            set_at = now()
            where a.starts_at < clock - (
                select r.keep from meta.retention as r where r.relation = a.timeframe
            ) + interval '1 day'
        returning a.timeframe
    )

    select coalesce(array_agg(s.timeframe), '{}') into moved from set_now as s;
    delete from ledger.indicator_state as s where s.timeframe = any (moved);
    return cardinality(moved);
end
$$;
comment on function indicators.set_anchors() is
'Sets the anchors of path-dependent indicators, and moves those whose bars are about to be dropped.';
