-- grafana.feed_state() → a row per source that reported in the day before the newest report.
-- newest        wall clock of its newest report of ticks, seconds: how long ago
-- received      ticks received on the IST date of that report
-- journal_*     what waited for the database then
-- state         closed: no segment trades by the market clock; live: it reported in the last 30 s (it does every 5 s
--               while ticks arrive); else silent
-- needs: trading

create function grafana.feed_state()
returns table (
    source text,
    newest timestamptz,
    seconds double precision,
    received bigint,
    journal_segments integer,
    journal_bytes bigint,
    state text
)
language sql
stable
parallel safe
begin atomic
    with reports as (
        select
            s.*,
            row_number() over (partition by s.source order by s.at desc) as nth,
            sum(s.received) over (
                partition by s.source, (s.at at time zone 'Asia/Kolkata')::date
            )::bigint as received_that_day
        from ledger.ingest_stats as s
        where s.at > (select max(n.at) from ledger.ingest_stats as n) - interval '1 day'
    )

    select
        r.source,
        r.at as newest,
        extract(epoch from now() - r.at)::double precision as seconds,
        r.received_that_day as received,
        r.journal_segments,
        r.journal_bytes,
        case
            when not exists (select from grafana.trading()) then 'closed'
            when r.at > now() - interval '30 seconds' then 'live'
            else 'silent'
        end as state
    from reports as r
    where r.nth = 1
    order by r.source;
end;
comment on function grafana.feed_state() is 'Each feed''s newest report, and whether it is live.';
