-- grafana.alert_feed_silent() → per segment that trades now, the seconds since the last minute in which any of its
-- instruments ticked has ended; 0 while they tick; since the session opened if there was none in it.
-- Market clock.
-- needs: trading

create function grafana.alert_feed_silent()
returns table (segment text, value double precision)
language sql
stable
parallel safe
begin atomic
    with newest as materialized (
        select
            i.segment,
            max(l.bucket) + interval '1 minute' as until
        from candles.latest('1m') as l
        inner join market.instruments as i on i.id = l.instrument_id
        group by i.segment
    )

    select
        t.segment,
        greatest(extract(epoch from (select meta.now()) - greatest(t.opens_at, n.until)), 0)::double precision as value
    from grafana.trading() as t
    left join newest as n on n.segment = t.segment
    order by t.segment;
end;
comment on function grafana.alert_feed_silent() is 'For how many seconds the feed of each segment that trades has been silent.';
