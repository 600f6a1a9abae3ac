-- indicators.refresh_values(timeframe, instrument_ids) → instruments whose values changed: computes the watched ids of
-- a timeframe that are not in ledger.indicator_state, as of the newest closed bar. A row without results says that
-- there is no bar.
-- needs: indicators_latest, watched

create function indicators.refresh_values(timeframe text, instrument_ids integer[])
returns integer[]
language sql
volatile
parallel unsafe
begin atomic
    with asked as materialized (
        select
            w.instrument_id,
            array_agg(w.id) as ids
        from indicators.watched as w
        where
            w.timeframe = refresh_values.timeframe
            and w.instrument_id = any(refresh_values.instrument_ids)
            and not w.in_state
        group by w.instrument_id
    ),

    latest as materialized (
        select
            a.instrument_id,
            l.id,
            l.bucket,
            array_agg(l.output order by l.nth) as outputs,
            array_agg(l.value order by l.nth) as results
        from asked as a
        cross join
            lateral indicators.indicators_latest(
                a.instrument_id, array[refresh_values.timeframe], a.ids, false
            ) with ordinality as l (timeframe, id, output, bucket, value, nth)
        group by a.instrument_id, l.id, l.bucket
    ),

    computed as materialized (
        select
            a.instrument_id,
            i.id,
            coalesce(l.bucket, '-infinity') as bucket,
            coalesce(l.outputs, '{}') as outputs,
            coalesce(l.results, '{}') as results
        from asked as a
        cross join lateral unnest(a.ids) as i (id)
        left join latest as l on l.instrument_id = a.instrument_id and l.id = i.id
    ),

    written as (
        insert into ledger.indicator_values as v
        (timeframe, instrument_id, id, bucket, outputs, results, verified_at)
        select
            refresh_values.timeframe,
            c.instrument_id,
            c.id,
            c.bucket,
            c.outputs,
            c.results,
            clock_timestamp() as verified_at
        from computed as c
        on conflict (timeframe, instrument_id, id) do update
            set
                bucket = excluded.bucket,
                outputs = excluded.outputs,
                results = excluded.results,
                verified_at = excluded.verified_at
    )

    select coalesce(array_agg(distinct c.instrument_id), '{}')
    from computed as c
    left join ledger.indicator_values as v
        on v.timeframe = refresh_values.timeframe and v.instrument_id = c.instrument_id and v.id = c.id
    where (v.bucket, v.results) is distinct from (c.bucket, c.results);
end;
comment on function indicators.refresh_values(text, integer[]) is
'Computes watched indicators that have no incremental state, as of the newest closed bar.';
