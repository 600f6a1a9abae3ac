-- grafana.rule_values(timeframe, instrument_ids, bucket, bars) → what ledger.alert_rules judge at the bar that starts
-- at bucket, for each instrument that has that bar: its close, the close of the instrument's bar before, and its volume
-- against the mean of the 20 bars before (null without any). bars: how many bars to read for it, 1, 2 or 21; null where
-- there are not so many.
-- All are read at once, as far back as so many bars of the calendar reach; then again those that have not traded in
-- each of them, four times as far, and so on. plpgsql, as grafana.bars() is; a subquery hides the ids from the planner,
-- which would weigh each of a thousand.
-- needs: trading_days

create function grafana.rule_values(timeframe text, instrument_ids integer[], bucket timestamptz, bars integer)
returns table (
    instrument_id integer,
    price double precision,
    price_before double precision,
    volume_ratio double precision
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    t meta.timeframes := (select f from meta.timeframes as f where f.timeframe = rule_values.timeframe);
    until timestamptz := meta.bucket_end(t.width, rule_values.bucket);
    since timestamptz;
    folded text;
    found record;
    lacking integer[];
begin
    select least(
        rule_values.bucket - (bars - 1) * t.width,
        min(meta.bucket_start(t.width, n.ends_at - interval '1 microsecond') - (bars - 1 - n.later) * t.width)
    ) into since
    from (
        select s.ends_at, s.held, sum(s.held) over (partition by s.segment order by s.ends_at desc) - s.held as later
        from (
            select
                d.segment,
                e.ends_at,
                ceil(
                    extract(epoch from e.ends_at - meta.bucket_start(t.width, d.opens_at)) / extract(epoch from t.width)
                ) as held
            -- a trading day holds one bar at least, and few are shorter than six hours
            from grafana.trading_days(2 + ceil(bars * least(extract(epoch from t.width) / 21600, 1))::integer) as d
            cross join lateral (select least(d.closes_at, until) as ends_at) as e
            where d.opens_at < until and d.segment in (
                select i.segment from market.instruments as i where i.id = any (instrument_ids)
            )
        ) as s
    ) as n
    where n.later < bars and n.later + n.held >= bars;

    folded := case
        when t.stored then 'select c.instrument_id, c.bucket, c.close, c.volume'
        else 'select
            c.instrument_id,
            meta.bucket_start($5, c.bucket) as bucket,
            (array_agg(c.close order by c.bucket desc))[1] as close,
            sum(c.volume)::bigint as volume'
    end || format(
        ' from candles.candles_%s as c where c.bucket >= $1 and c.bucket < $2 and c.instrument_id = any ((select $3)::integer[])',
        case when t.stored then t.timeframe else t.base end
    ) || case when t.stored then '' else ' group by 1, 2' end;
    loop
        lacking := '{}';
        for found in execute
            'select
                b.instrument_id,
                array_agg(b.close order by b.bucket desc) as closes,
                array_agg(b.volume order by b.bucket desc) as volumes
            from (' || folded || ') as b
            group by b.instrument_id
            having max(b.bucket) = $4'
            using since, until, instrument_ids, rule_values.bucket, t.width
        loop
            if cardinality(found.closes) < bars and since > '-infinity' then
                lacking := lacking || found.instrument_id;
            else
                instrument_id := found.instrument_id;
                price := found.closes[1];
                price_before := found.closes[2];
                volume_ratio := case when cardinality(found.volumes) > 20 then
                    found.volumes[1] / nullif((select avg(v)::double precision from unnest(found.volumes[2:21]) as v), 0)
                end;
                return next;
            end if;
        end loop;
        exit when lacking = '{}';
        instrument_ids := lacking;
        since := case
            when until - since < interval '60 days' then meta.bucket_start(t.width, until - 4 * (until - since))
            else '-infinity'
        end;
    end loop;
end
$$;
comment on function grafana.rule_values(text, integer[], timestamptz, integer) is
'What alert rules judge at a bar of many instruments: its close, the close before, and its volume against the usual.';
