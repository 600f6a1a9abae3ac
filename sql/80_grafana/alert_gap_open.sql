-- grafana.alert_gap_open() → per followed instrument, for how many seconds its oldest gap could have been filled:
-- since the gap's first minute had settled. Of the days since it is followed, as far back as ticks are kept; the 20
-- instruments with the oldest gaps, as an outage concerns all. In trading sessions and for an hour after. Nothing in
-- a replay database, where nobody fills gaps.
-- needs: trading

create function grafana.alert_gap_open()
returns table (symbol text, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        f.symbol,
        max(extract(epoch from meta.now() - lower(g.hole) - interval '90 seconds'))::double precision as value
    from
        gaps.missing(
            array(
                select l.id
                from candles.followed as l
                where
                    exists (select from grafana.trading('1 hour'))
                    and not exists (
                        select from meta.settings as s
                        where s.name = 'clock' and s.value = 'replay'
                    )
            ),
            (select gaps.kept_since('tick_data'))
        ) as m
    inner join candles.followed as f on f.id = m.instrument_id
    inner join ledger.subscriptions as s on s.instrument_id = f.id
    cross join unnest(m.missing) as g (hole)
    where upper(g.hole) > meta.bucket_start('1 day', s.since)
    group by f.symbol
    order by value desc, f.symbol asc
    limit 20;
end;
comment on function grafana.alert_gap_open() is
'For how many seconds the oldest gap of each followed instrument has waited to be filled.';
