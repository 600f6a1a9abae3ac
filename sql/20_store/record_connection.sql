-- ledger.record_connection(event): what the daemon reports of a feed's connections, behind the ticks they brought.
-- In: {what, source[, connection, at, instrument_ids, reason, minutes]}; at: market time in microseconds since the
-- Unix epoch.
--     start, stop   the feed begins, ends: none of its connections is up
--     up            subscribed to instrument_ids
--     list          carries other instruments from here on
--     heard         lives: what it brought until then is stored
--     down          ended, with a reason; again without an up between: the reason is another
--     missed        minutes, as [[instrument_id, start]], hold volume that accrued unseen: they are unsure
-- A connection is open in ledger.feed_connections from its up, or list, to whatever comes after; then its time goes to
-- ledger.coverage: all of it if it goes on with another list, else without the last two seconds, as a tick may be that
-- long on its way. Instruments that are not in market.instruments have no coverage.

create or replace function ledger.record_connection(event jsonb)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = pg_catalog, pg_temp
as $$
declare
    what constant text := event ->> 'what';
    its_source constant text := event ->> 'source';
    its_name constant text := event ->> 'connection';
    its_time constant timestamptz := 'epoch'::timestamptz + (event ->> 'at')::double precision * interval '1 microsecond';
    its_reason constant text := event ->> 'reason';
    its_ids constant integer[] := array(select i::integer from jsonb_array_elements_text(event -> 'instrument_ids') as i);
begin
    if what = 'missed' then
        insert into ledger.coverage as k (instrument_id, timeframe, unsure)
        select
            i.id,
            'tick',
            range_agg(tstzrange(m.starts_at, m.starts_at + interval '1 minute'))
        from (
            select
                (pair ->> 0)::integer as instrument_id,
                'epoch'::timestamptz + (pair ->> 1)::double precision * interval '1 microsecond' as starts_at
            from jsonb_array_elements(event -> 'minutes') as pair
        ) as m
        inner join market.instruments as i on i.id = m.instrument_id
        group by i.id
        order by i.id
        on conflict on constraint coverage_pkey do update set unsure = k.unsure + excluded.unsure;
        return;
    end if;

    with changed as (
        update ledger.feed_connections as c
        set
            heard_until = greatest(c.heard_until, case when what in ('list', 'heard', 'down') then its_time end),
            ended_at = case
                when what <> 'heard' then greatest(c.heard_until, case when what in ('list', 'down') then its_time end)
            end,
            reason = case what
                when 'start' then 'the daemon ended'
                when 'stop' then 'stopped'
                when 'up' then 'ticks were dropped'  -- else a down comes before it
                when 'list' then 'other instruments'
                when 'down' then its_reason
            end
        where
            c.ended_at is null
            and (what = 'start' or c.source = its_source and (what = 'stop' or c.connection = its_name))
        returning c.instrument_ids, c.up_at, c.heard_until, c.ended_at
    )

    insert into ledger.coverage as k (instrument_id, timeframe, covered)
    select
        i.id,
        'tick',
        range_agg(tstzrange(c.up_at, c.seen_until))
    from (
        select
            d.*,
            d.heard_until - case what when 'list' then interval '0' else interval '2 seconds' end as seen_until
        from changed as d
    ) as c
    cross join unnest(c.instrument_ids) as u (instrument_id)
    inner join market.instruments as i on i.id = u.instrument_id
    where c.ended_at is not null and c.seen_until > c.up_at
    group by i.id
    order by i.id
    on conflict on constraint coverage_pkey do update set covered = k.covered + excluded.covered;

    if what = 'start' then
        delete from ledger.feed_status;
    elsif what = 'stop' then
        update ledger.feed_status as s
        set state = 'down', since = coalesce(s.heard_at, s.since), reason = 'stopped', instruments = 0, reported_at = now()
        where s.source = its_source and s.state = 'up';
    elsif what = 'heard' then
        update ledger.feed_status as s
        set heard_at = its_time, reported_at = now()
        where s.source = its_source and s.connection = its_name;
    elsif what = 'down' then
        insert into ledger.feed_status as s (source, connection, state, since, reason)
        values (its_source, its_name, 'down', its_time, its_reason)
        on conflict on constraint feed_status_pkey do update
        set
            state = 'down',
            since = case s.state when 'up' then excluded.since else s.since end,
            reason = excluded.reason,
            instruments = 0,
            heard_at = case s.state when 'up' then greatest(s.heard_at, excluded.since) else s.heard_at end,
            reported_at = now();
    else
        insert into ledger.feed_connections (source, connection, instrument_ids, up_at, heard_until)
        values (its_source, its_name, its_ids, its_time, its_time);

        insert into ledger.feed_status as s (source, connection, state, since, instruments, heard_at)
        values (its_source, its_name, 'up', its_time, cardinality(its_ids), its_time)
        on conflict on constraint feed_status_pkey do update
        set
            state = 'up',
            since = case s.state when 'up' then s.since else excluded.since end,
            reason = null,
            instruments = excluded.instruments,
            heard_at = greatest(s.heard_at, excluded.heard_at),
            reconnects = s.reconnects + (what = 'up' and s.heard_at is not null)::integer,
            reported_at = now();
    end if;
end
$$;
comment on function ledger.record_connection(jsonb) is
'Records that a feed''s connection came up, lives, carries other instruments or went down.';
