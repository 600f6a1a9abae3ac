-- What is covered, what is asked of the brokers, and the ticks that their candles replaced.

create table ledger.coverage (
    instrument_id integer not null references market.instruments,
    timeframe text not null,
    covered tstzmultirange not null default '{}',
    unsure tstzmultirange not null default '{}',
    primary key (instrument_id, timeframe)
);
create index coverage_until on ledger.coverage (upper(covered)) where timeframe = '1m';
comment on table ledger.coverage is
'For which times we have what happened. timeframe tick: what feed connections brought that have ended (of those that are up, ledger.feed_connections tells); a stored timeframe: what a broker answered at it, with or without candles. unsure, of tick alone: minutes that hold a tick whose missed_volume accrued unseen.';
insert into ledger.coverage (instrument_id, timeframe, covered)
select
    u.instrument_id,
    'tick' as timeframe,
    range_agg(tstzrange(c.up_at, c.heard_until - interval '2 seconds')) as covered
from ledger.feed_connections as c
cross join unnest(c.instrument_ids) as u (instrument_id)
where
    c.ended_at is not null
    and c.heard_until - interval '2 seconds' > c.up_at
    and exists (
        select from market.instruments as i
        where i.id = u.instrument_id
    )
group by u.instrument_id;

create table ledger.backfill_requests (
    id bigint primary key generated always as identity,
    instrument_id integer not null references market.instruments,
    timeframe text not null references meta.timeframes,
    ranges tstzmultirange not null check (not isempty(ranges)),
    asked_by text not null,
    again boolean not null default false,
    broker text,
    source_timeframe text references meta.timeframes,
    status text not null default 'queued',
    attempts integer not null default 0,
    due_at timestamptz not null default now(),
    claimed_at timestamptz,
    requested_at timestamptz not null default now(),
    finished_at timestamptz,
    fault text,
    error text,
    candles integer,
    rejected jsonb not null default '{}',
    constraint backfill_asked_by_is_known check (asked_by in ('scan', 'chart', 'user')),
    constraint backfill_status_is_known check (status in ('queued', 'running', 'done', 'failed')),
    constraint backfill_fault_is_known check (fault in ('token', 'limit', 'instrument', 'network', 'answer')),
    constraint backfill_end_has_a_time check ((status in ('done', 'failed')) = (finished_at is not null))
);
create index backfill_requests_open on ledger.backfill_requests (instrument_id, timeframe) where finished_at is null;
create index backfill_requests_due on ledger.backfill_requests (due_at) where finished_at is null;
create index backfill_requests_finished on ledger.backfill_requests (instrument_id, finished_at);
create index backfill_requests_ended on ledger.backfill_requests (finished_at);
comment on table ledger.backfill_requests is
'What brokers are asked for; one call answers a row. ranges: the times wanted; asked_by: scan (the job that looks for gaps), chart (somebody looked at a hole) or user; again: also what is covered; broker, source_timeframe: who was asked last, for candles of which timeframe; attempts: calls that began; fault: class of the last failure; candles: stored; rejected: bars of the answer by reason. Wall clock.';

create table market.history_sources (
    broker text not null,
    timeframe text not null references meta.timeframes,
    broker_timeframe text not null,
    days integer not null check (days > 0),
    primary key (broker, timeframe)
);
comment on table market.history_sources is
'Candles that a broker serves: what it calls a timeframe, and how many days one call may span.';
insert into market.history_sources (broker, timeframe, broker_timeframe, days) values
('kite', '1m', 'minute', 60),
('kite', '5m', '5minute', 100),
('kite', '15m', '15minute', 200),
('kite', '30m', '30minute', 200),
('kite', '1h', '60minute', 400),
('kite', '1d', 'day', 2000),
('fyers', '1m', '1', 100),
('fyers', '5m', '5', 100),
('fyers', '15m', '15', 100),
('fyers', '30m', '30', 100),
('fyers', '1h', '60', 100),
('fyers', '4h', '240', 100),
('fyers', '1d', '1D', 366);

create table ledger.broker_calls (
    broker text primary key,
    call_every interval not null check (call_every > interval '0'),
    calls_a_day integer not null check (calls_a_day > 0),
    next_at timestamptz not null default '-infinity',
    day date not null default '-infinity',
    calls integer not null default 0
);
comment on table ledger.broker_calls is
'The account of requests for history: whoever calls a broker reserves an instant here first, so that neither several workers nor a restart exceed its limits. next_at: the first instant that is free; calls: on day (IST). Wall clock.';
insert into ledger.broker_calls (broker, call_every, calls_a_day) values
('kite', '0.4 seconds', 200000),
('fyers', '0.42 seconds', 90000);

create table store.replaced_ticks (
    instrument_id integer not null,
    time timestamptz not null,
    ltp double precision not null,
    volume bigint not null,
    missed_volume bigint not null,
    day_volume bigint,
    open_interest bigint,
    bid_price double precision,
    ask_price double precision,
    bid_qty bigint,
    ask_qty bigint,
    source text not null,
    received_at timestamptz not null
);
create index replaced_ticks_time on store.replaced_ticks (instrument_id, time);
comment on table store.replaced_ticks is
'Live ticks of minutes for which the broker''s candle stands now: kept as they were, never part of a candle.';

create table ledger.tick_counts (
    instrument_id integer not null references market.instruments,
    session_date date not null,
    late bigint not null default 0,
    duplicates bigint not null default 0,
    volume_falls bigint not null default 0,
    offsession bigint not null default 0,
    rejected jsonb not null default '{}',
    primary key (instrument_id, session_date)
);
comment on table ledger.tick_counts is
'Per instrument and IST date of receipt: ticks that came late, twice, with a fallen counter, outside the session, or were rejected (count by reason).';
