-- grafana.alert_user_rules() → a row per enabled rule of ledger.alert_rules and instrument for which the rule holds at
-- the newest closed bar of its timeframe, from the close of that bar until the next one closes: so every bar alerts
-- once. After the close of a session its last bars, the day's too, are shown for 5 minutes; a session does not show the
-- bars of an earlier one. value is 1.
-- Crossing: on the other side of the level, or on it, at the instrument's bar before. change_percent: against the close
-- of the last day before on which the instrument traded.
-- Bars are read once per timeframe for all instruments that rules ask for, indicators once per symbol and timeframe.
-- needs: rule_values, trading

create function grafana.alert_user_rules()
returns table (rule text, symbol text, timeframe text, value double precision)
language sql
stable
parallel safe
begin atomic
    with trading as materialized (
        select
            t.segment,
            t.opens_at,
            t.closes_at,
            (select meta.now() - interval '2 seconds') as now
        from grafana.trading('5 minutes') as t
    ),

    closed as materialized (
        select distinct on (f.timeframe, t.segment)
            f.timeframe,
            t.segment,
            b.bucket,
            meta.bucket_start('1 day', t.opens_at) as day
        from trading as t
        inner join meta.timeframes as f
            on f.timeframe in (
                select r.timeframe
                from ledger.alert_rules as r
                where r.enabled
            )
        cross join
            lateral (
                select meta.bucket_start(f.width, least(t.now, t.closes_at - interval '1 microsecond')) as bucket
            ) as newest
        cross join
            lateral (
                values (newest.bucket), (meta.bucket_start(f.width, newest.bucket - interval '1 microsecond'))
            ) as b (bucket)
        cross join
            lateral (
                select least(meta.bucket_end(f.width, b.bucket), s.closes_at) as closes_at
                from market.sessions as s  -- a later one in the bar keeps it open
                where s.segment = t.segment and s.opens_at < meta.bucket_end(f.width, b.bucket)
                order by s.opens_at desc
                limit 1
            ) as c
        where c.closes_at > t.opens_at and c.closes_at <= t.now
        order by f.timeframe asc, t.segment asc, b.bucket desc
    ),

    judged as materialized (
        select
            r.measure,
            r.timeframe,
            r.indicator,
            r.comparison like 'crosses%' as crosses,
            i.id,
            c.bucket,
            c.day
        from ledger.alert_rules as r
        inner join candles.followed as i on (i.symbol = r.symbol or i.kind = r.kind)
        inner join closed as c on c.timeframe = r.timeframe and c.segment = i.segment
        where r.enabled
    ),

    asked as (
        select
            j.timeframe,
            j.bucket,
            j.id,
            case when j.measure = 'volume_ratio' then 21 when j.crosses then 2 else 1 end as bars
        from judged as j
        where j.indicator is null
        union all
        select
            '1d' as timeframe,
            j.day as bucket,
            j.id,
            2 as bars
        from judged as j
        where j.measure = 'change_percent'
    ),

    bars as (
        select
            a.timeframe,
            a.bucket,
            v.*,
            max(v.price_before) filter (where a.timeframe = '1d') over (partition by v.instrument_id) as previous_close
        from (
            select
                k.timeframe,
                k.bucket,
                array_agg(distinct k.id) as ids,
                max(k.bars) as bars
            from asked as k
            group by k.timeframe, k.bucket
        ) as a
        cross join lateral grafana.rule_values(a.timeframe, a.ids, a.bucket, a.bars) as v
    ),

    outputs as (
        select
            a.id as instrument_id,
            v.*,
            b.value as value_before
        from (
            select
                j.id,
                j.timeframe,
                array_agg(distinct j.indicator) as ids,
                array_agg(distinct j.indicator) filter (where j.crosses) as crossing
            from judged as j
            where split_part(j.indicator, '_', 1) in (select k.name from indicators.indicator_catalogue as k)
            group by j.id, j.timeframe
        ) as a
        cross join lateral indicators.indicators_latest(a.id, array[a.timeframe], a.ids, false) as v
        left join lateral indicators.indicators_at(a.id, array[a.timeframe], a.crossing, 1, false) as b
            on v.id = b.id and v.output = b.output
    ),

    measured as (
        select
            b.instrument_id,
            b.timeframe,
            b.bucket,
            m.measure,
            null as indicator,
            null as output,
            m.value,
            m.value_before
        from bars as b
        cross join
            lateral (
                values
                ('price', b.price, b.price_before),
                ('change_percent', 100 * (b.price / nullif(b.previous_close, 0) - 1), null),
                ('volume_ratio', b.volume_ratio, null)
            ) as m (measure, value, value_before)
        union all
        select
            o.instrument_id,
            o.timeframe,
            o.bucket,
            'indicator' as measure,
            o.id as indicator,
            o.output,
            o.value,
            o.value_before
        from outputs as o
    )

    select
        r.name as rule,
        i.symbol,
        r.timeframe,
        1::double precision as value
    from measured as m
    inner join market.instruments as i on m.instrument_id = i.id
    inner join closed as c on m.timeframe = c.timeframe and m.bucket = c.bucket and i.segment = c.segment
    inner join ledger.alert_rules as r
        on
            m.timeframe = r.timeframe
            and m.measure = r.measure
            and (r.indicator is null or (m.indicator = r.indicator and m.output = r.output))
            and (i.symbol = r.symbol or i.kind = r.kind)
    where
        r.enabled
        and case r.comparison
            when 'above' then m.value > r.level
            when 'below' then m.value < r.level
            when 'crosses_above' then m.value > r.level and m.value_before <= r.level
            else m.value < r.level and m.value_before >= r.level
        end
    order by r.name, i.symbol;
end;
comment on function grafana.alert_user_rules() is
'The user''s alert rules that hold at the newest closed bar, a row per rule and symbol.';
