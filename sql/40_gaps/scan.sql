-- gaps.scan() → number of calls to brokers that were queued: for what followed instruments lack since the trading
-- day on which they were followed, as far back as ticks are kept. A gap that goes on, as the connection is still
-- down, waits for its end. Each gap is announced by NOTIFY gap: {"instrument_id", "since", "until", "state":
-- "found"}. Requests for instruments that no broker lists any more are ended. Does nothing in a replay database.
-- What was asked for already is left out before gaps.request_backfill(), which would find out for each gap anew.
-- needs: kept_since, missing, request_backfill, settled_until

create function gaps.scan()
returns integer
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    calls integer;
begin
    if (select s.value from meta.settings as s where s.name = 'clock') = 'replay' then
        return 0;
    end if;

    perform pg_advisory_xact_lock(hashtext('bhav.request_backfill'));  -- before rows, as request_backfill() does
    update ledger.backfill_requests as r
    set status = 'failed', finished_at = clock_timestamp(), fault = 'instrument', error = 'no broker lists the instrument'
    where
        r.status = 'queued'
        and not exists (
            select from market.broker_instruments as k
            where k.instrument_id = r.instrument_id and k.valid_until = 'infinity'
        );

    with holes as materialized (
        select
            f.id,
            lower(g.hole) as since,
            upper(g.hole) as until
        from candles.followed as f
        inner join ledger.subscriptions as s on s.instrument_id = f.id
        inner join
            gaps.missing(
                array(select l.id from candles.followed as l),
                (select gaps.kept_since('tick_data'))
            ) as m
            on m.instrument_id = f.id
        left join (
            select r.instrument_id, range_agg(r.ranges) as ranges
            from ledger.backfill_requests as r
            where r.timeframe = '1m' and r.finished_at is null
            group by r.instrument_id
        ) as asked
            on asked.instrument_id = f.id
        cross join unnest(m.missing - coalesce(asked.ranges, '{}')) as g (hole)
        where
            upper(g.hole) > meta.bucket_start('1 day', s.since)
            and upper(g.hole) < (select gaps.settled_until())
            and exists (
                select from market.broker_instruments as k
                where k.instrument_id = f.id and k.valid_until = 'infinity'
            )
    ),

    queued as materialized (
        select
            q.request_id,
            h.id,
            q.starts_at,
            q.ends_at
        from (
            select
                o.id,
                min(o.since) as since,
                max(o.until) as until
            from holes as o
            group by o.id
        ) as h
        cross join lateral gaps.request_backfill(h.id, h.since, h.until, '1m', false, 'scan') as q
        where q.status = 'queued' and q.note is null
    ),

    told as (
        select
            count(
                pg_notify(
                    'gap',
                    jsonb_build_object('instrument_id', h.id, 'since', h.since, 'until', h.until, 'state', 'found')::text
                )
            )
        from holes as h
        where exists (
            select from queued as q
            where q.id = h.id and q.starts_at <= h.since and q.ends_at >= h.until
        )
    )

    select count(distinct q.request_id)
    into calls
    from queued as q
    cross join told;
    return calls;
end
$$;
comment on function gaps.scan() is 'Queues calls to brokers for the gaps of followed instruments that have come to an end.';
