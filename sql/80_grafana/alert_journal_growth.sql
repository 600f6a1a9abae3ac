-- grafana.alert_journal_growth() → per source that reported in the last minute, the bytes that its journal held then:
-- ticks that wait on the daemon's disk for the database. In trading sessions only. Reports wait with the ticks: while
-- the database takes nothing at all there is none, and grafana.alert_feed_silent() speaks.
-- needs: trading

create function grafana.alert_journal_growth()
returns table (source text, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        s.source,
        max(s.journal_bytes)::double precision as value
    from ledger.ingest_stats as s
    where s.at > now() - interval '1 minute' and exists (select from grafana.trading())
    group by s.source
    order by s.source;
end;
comment on function grafana.alert_journal_growth() is 'Bytes of ticks that wait in the daemon''s journal for the database.';
