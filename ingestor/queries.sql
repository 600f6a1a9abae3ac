-- Every statement that the daemon sends, by name.

-- name: try_writer_lock
select pg_try_advisory_lock(hashtext('bhav.writer'))

-- name: database_id
select value from meta.settings where name = 'id'

-- name: committed_segment
select coalesce(max(segment), 0) from ledger.journals where journal = %(journal)s

-- name: record_segment
insert into ledger.journals (journal, segment) values (%(journal)s, %(segment)s)
on conflict (journal) do update set segment = excluded.segment, committed_at = now()

-- name: stage
create temporary table if not exists staged_ticks (like store.tick_data) on commit delete rows

-- name: insert_staged
select store.insert_staged_ticks()

-- name: insert_late
select store.insert_late_ticks()

-- name: insert_stats
insert into ledger.ingest_stats (
    at, source, received, written, late, duplicates, offsession, volume_falls, dropped, rejected,
    queue_depth, journal_segments, journal_bytes, lag_ms, commit_ms
)
select * from jsonb_to_record(%(stats)s::jsonb) as s (
    at timestamptz, source text, received bigint, written bigint, late bigint, duplicates bigint, offsession bigint,
    volume_falls bigint, dropped bigint, rejected jsonb, queue_depth integer, journal_segments integer,
    journal_bytes bigint, lag_ms double precision, commit_ms double precision[]
)

-- name: record_counts
select ledger.record_counts(%(stats)s::jsonb -> 'instruments')

-- name: record_connection
select ledger.record_connection(%(event)s::jsonb)

-- name: record_token
insert into ledger.access_tokens (broker, login_at, expires_at) values (%(broker)s, %(login_at)s, %(expires_at)s)
on conflict (broker) do update set login_at = excluded.login_at, expires_at = excluded.expires_at
where (access_tokens.login_at, access_tokens.expires_at) is distinct from (excluded.login_at, excluded.expires_at)

-- name: become_owner
set local role bhav_owner

-- name: ensure
call store.ensure(%(since)s, %(until)s)

-- name: horizon
select coalesce(extract(epoch from nullif(horizon, '-infinity')) * 1000000, 0)::bigint
from meta.horizon
where relation = 'tick_data'

-- name: hold_repairs
-- A repair takes it exclusively. What must see every repair before it is a statement of its own: it has a newer snapshot.
select pg_advisory_xact_lock_shared(hashtext('bhav.repair'))

-- name: settled_until
-- The time before which a tick may be gone with the horizon, or its minute be replaced by a broker's candle.
select coalesce(extract(epoch from greatest(
    (select nullif(horizon, '-infinity') from meta.horizon where relation = 'tick_data'),
    (select max(upper(covered)) from ledger.coverage where timeframe = '1m')
)) * 1000000, 0)::bigint

-- name: sessions
select segment, session_date, (extract(epoch from opens_at) * 1000000)::bigint, (extract(epoch from closes_at) * 1000000)::bigint
from market.sessions

-- name: instrument_segments
select id, segment from market.instruments

-- name: newest_tick
select (extract(epoch from store.newest_tick()) * 1000000)::bigint

-- name: newest_session_date
select (store.newest_tick() at time zone 'Asia/Kolkata')::date

-- name: day_state
-- The highest counter of each instrument in a range, when it was last seen, and the ticks of the last second. Ticks that
-- a broker's candle has replaced were seen as well. >= and offset 0 keep the planner at the end of an instrument's index.
with counters as (
    select
        s.instrument_id,
        max(s.day_volume) as day_volume,
        max(s.time) filter (where s.is_stored) as last_time
    from (
        select instrument_id, time, day_volume, true as is_stored from store.tick_data
        union all
        select instrument_id, time, day_volume, false as is_stored from store.replaced_ticks
    ) as s
    where s.time >= %(since)s and s.time < %(until)s
    group by s.instrument_id
)

select
    c.instrument_id,
    c.day_volume,
    (extract(epoch from greatest(stored.time, replaced.time)) * 1000000)::bigint,
    (extract(epoch from t.time) * 1000000)::bigint,
    t.ltp,
    t.day_volume,
    t.open_interest,
    t.bid_price,
    t.ask_price,
    t.bid_qty,
    t.ask_qty
from counters as c
left join lateral (
    select s.time
    from store.tick_data as s
    where
        s.instrument_id = c.instrument_id
        and s.time >= %(since)s
        and s.time < %(until)s
        and (s.day_volume >= c.day_volume or c.day_volume is null)
    order by s.time desc
    limit 1
) as stored on true
left join lateral (
    select s.time
    from store.replaced_ticks as s
    where
        s.instrument_id = c.instrument_id
        and s.time >= %(since)s
        and s.time < %(until)s
        and (s.day_volume >= c.day_volume or c.day_volume is null)
    order by s.time desc
    limit 1
) as replaced on true
cross join lateral (
    select s.*
    from store.tick_data as s
    where
        s.instrument_id = c.instrument_id
        and s.time >= date_trunc('second', c.last_time)
        and s.time >= %(since)s
        and s.time < %(until)s
    offset 0
) as t

-- name: register_instruments
select symbol, id from market.register_instruments(%(definitions)s)

-- name: clock
select value from meta.settings where name = 'clock'

-- name: claim_jobs
select name, command, timeout from ledger.claim_jobs()

-- name: release_jobs
update ledger.jobs set claimed_at = null where claimed_at is not null

-- name: frequent_jobs
select name, command, timeout from ledger.jobs where enabled and every < '1 minute' order by name

-- name: finish_job
select ledger.finish_job(%(name)s, %(started_at)s, %(error)s)

-- name: instrument_ids
select symbol, id from market.instruments

-- name: equity_sessions
-- The trading hours of the cash market on `days` session dates from a date on; by default the newest that has begun.
select (extract(epoch from opens_at) * 1000000)::bigint, (extract(epoch from closes_at) * 1000000)::bigint, session_date
from market.sessions
where
    segment = 'NSE'
    and session_date in (
        select distinct session_date
        from market.sessions
        where
            segment = 'NSE'
            and session_date >= coalesce(
                %(since)s::date,
                (select max(session_date) from market.sessions where segment = 'NSE' and opens_at < coalesce(meta.now(), now()))
            )
        order by 1
        limit %(days)s
    )
order by opens_at

-- name: version
select
    (select value from meta.settings where name = 'engine'),
    (select value from meta.settings where name = 'clock'),
    (select digest from meta.code)

-- name: health
select
    (select store.newest_tick()),
    (select string_agg(name, ', ') from ledger.jobs where enabled and failures >= 3)

-- name: liveness
-- When the daemon last ran a job; whether it said that it stopped, or never had a feed; connections that are down for
-- more than a minute.
select
    (select max(last_finished_at) from ledger.jobs),
    (select coalesce(bool_and(reason is not distinct from 'stopped'), true) from ledger.feed_status),
    (
        select string_agg(c.connection || ': ' || c.reason, '; ')
        from grafana.connections() as c
        where
            c.state = 'down'
            and c.reason not in ('stopped', 'nothing to follow')
            and c.since < coalesce(meta.now(), now()) - interval '1 minute'
    )

-- name: trading_ends
-- When the followed instruments stop trading today; null on a day without a session, or after it.
select max(s.closes_at)
from market.sessions as s
where
    s.session_date = (meta.now() at time zone 'Asia/Kolkata')::date
    and s.closes_at > meta.now()
    and s.segment in (select i.segment from candles.followed as i)

-- name: connections
select c.connection, c.state, c.instruments, c.reason from grafana.connections() as c

-- name: stored_timeframes
select timeframe from meta.timeframes where stored order by ordinal

-- name: busiest
select i.symbol
from candles.candles_1d as c
inner join market.instruments as i on i.id = c.instrument_id
where i.kind = 'equity'
order by c.turnover desc
limit 1

-- name: holidays
select date from market.holidays where exchange_group = 'NSE_BSE'

-- name: market_time
select meta.now()

-- name: stage_listings
create temporary table staged_listings (
    broker_key text,
    exchange text,
    tradingsymbol text,
    name text,
    kind text,
    underlying text,
    expiry date,
    strike double precision,
    option_type text,
    lot_size integer,
    tick_size double precision,
    symbol text generated always as (exchange || ':' || upper(tradingsymbol)) stored,
    instrument_id integer
) on commit drop

-- name: sync_listings
select * from market.sync_listings(%(broker)s, %(forced)s)

-- name: subscribe
select broker_key, instrument_id from candles.subscribe(%(broker)s)

-- name: watch
insert into ledger.watchlist as w (instrument_id, what, strikes, expiries)
values (market.id(%(symbol)s), %(what)s, %(strikes)s, %(expiries)s)
on conflict (instrument_id, what) do update set strikes = excluded.strikes, expiries = excluded.expiries

-- name: unwatch
delete from ledger.watchlist where instrument_id = market.id(%(symbol)s) and what = %(what)s returning instrument_id

-- name: watchlist
-- Each entry, whether the broker has a key for it, and what it comes to.
select
    i.symbol,
    w.what,
    e.strikes,
    e.expiries,
    bool_or(w.broker_key is not null and w.instrument_id = w.entry_id) as has_key,
    count(distinct w.instrument_id) filter (where w.broker_key is not null) as instruments
from candles.watchlist_members(%(broker)s) as w
inner join ledger.watchlist as e on e.instrument_id = w.entry_id and e.what = w.what
inner join market.instruments as i on i.id = w.entry_id
group by i.symbol, w.what, e.strikes, e.expiries
order by min(w.place)

-- name: subscription_size
select count(*) from candles.subscription(%(broker)s)

-- name: build_sessions
call market.build_sessions(%(since)s, %(until)s)

-- name: tell_daemon
-- Instruments or sessions have changed.
select pg_notify('watchlist', '')

-- name: sessions_between
select segment, session_date, opens_at, closes_at, kind, source
from market.sessions
where session_date >= %(since)s and session_date < %(until)s

-- name: sessions_kept
select distinct session_date
from market.sessions
where segment = 'NSE' and source = 'user' and session_date = any (%(dates)s)
order by 1

-- name: special_sessions
select exchange_group, date, opens, closes, kind, evidence
from market.special_sessions
where date >= %(since)s and date < %(until)s
order by date, exchange_group, opens

-- name: holidays_between
select date, source
from market.holidays
where exchange_group = 'NSE_BSE' and date >= %(since)s and date < %(until)s
order by date

-- name: add_holidays
insert into market.holidays (exchange_group, date, source)
select 'NSE_BSE', h.date, %(source)s
from unnest(%(dates)s::date[]) as h (date)
on conflict do nothing
returning date

-- name: withdraw_holidays
-- What an earlier run took from this source, where the source no longer has it.
delete from market.holidays
where
    exchange_group = 'NSE_BSE'
    and source = %(source)s
    and not is_shipped
    and date >= %(since)s
    and date < %(until)s
    and date <> all (%(dates)s::date[])
returning date

-- name: provisional_sessions
select h.exchange_group, min(s.session_date), max(s.session_date), count(distinct s.session_date)
from market.sessions as s
inner join (select distinct segment, exchange_group from market.trading_hours) as h on h.segment = s.segment
where s.source = 'provisional' and s.session_date >= %(since)s and s.session_date < %(until)s
group by h.exchange_group
order by h.exchange_group

-- name: claim_backfill
select request_id, attempt, symbol, broker_key, broker_timeframe, since, until, open_interest
from gaps.claim_backfill(%(broker)s, %(patience)s)

-- name: reserve_call
-- In how many seconds the next request may be sent.
select extract(epoch from gaps.reserve_call(%(broker)s) - clock_timestamp())::double precision

-- name: hold_calls
select gaps.hold_calls(%(broker)s, clock_timestamp() + make_interval(secs => %(seconds)s))

-- name: answer_backfill
select candles, rejected
from gaps.answer_backfill(
    %(request_id)s, %(attempt)s, %(times)s::timestamptz[],
    %(opens)s::double precision[], %(highs)s::double precision[], %(lows)s::double precision[],
    %(closes)s::double precision[], %(volumes)s::bigint[], %(open_interests)s::bigint[]
)

-- name: fail_backfill
select gaps.fail_backfill(%(request_id)s, %(attempt)s, %(fault)s, %(error)s)

-- name: request_wanted
-- What somebody notified, who may have been anybody.
select q.request_id
from jsonb_to_record(%(want)s::jsonb) as w (instrument_id integer, timeframe text, since timestamptz, until timestamptz)
cross join lateral gaps.request_backfill(w.instrument_id, w.since, w.until, w.timeframe, false, 'chart') as q

-- name: request_backfill
select request_id, status, note
from gaps.request_backfill(
    %(instrument_id)s, %(since)s, coalesce(%(until)s, timestamptz 'infinity'), %(timeframe)s, %(again)s
)

-- name: named_instrument
-- An instrument by its symbol, and whether the broker has a key for it.
select
    i.symbol,
    i.id,
    exists (
        select from market.broker_instruments as k
        where k.instrument_id = i.id and k.broker = %(broker)s and k.valid_until = 'infinity'
    )
from market.instruments as i
where i.id = market.id(%(symbol)s)

-- name: followed_instruments
select i.symbol, i.id, true
from candles.subscription(%(broker)s) as s
inner join market.instruments as i on i.id = s.instrument_id

-- name: backfill_progress
-- How many of these requests have ended, how long the others take at the broker's limits, and why the last try failed.
select
    count(r.finished_at),
    (count(*) - count(r.finished_at)) * (select c.call_every from ledger.broker_calls as c where c.broker = %(broker)s),
    max(r.error) filter (where r.finished_at is null)
from ledger.backfill_requests as r
where r.id = any (%(ids)s::bigint[])

-- name: backfill_results
select i.symbol, r.status, coalesce(r.candles, 0), r.rejected, r.error
from ledger.backfill_requests as r
inner join market.instruments as i on i.id = r.instrument_id
where r.id = any (%(ids)s::bigint[])
order by i.symbol, r.id
