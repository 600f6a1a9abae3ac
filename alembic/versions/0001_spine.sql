-- Durable tables that are the same on both engines. Frozen once released.

create table meta.settings (
    name text primary key,
    value text not null
);
comment on table meta.settings is
'What is true of this database: engine (timescale or postgres), clock (wall or replay), id. Set when it is created.';
insert into meta.settings (name, value) values
('engine', current_setting('bhav.engine')),
('clock', current_setting('bhav.clock')),
('id', gen_random_uuid()::text);

create table meta.revisions (
    revision text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);
comment on table meta.revisions is 'The checksum of every applied revision: a released revision never changes.';

create table meta.code (
    digest text not null,
    applied_at timestamptz not null default now()
);
create unique index code_one_row on meta.code ((true));
comment on table meta.code is 'One row: the checksum of the sql/ tree that the code schemas were built from.';

create table meta.timeframes (
    timeframe text primary key,
    width interval not null,
    base text references meta.timeframes,
    stored boolean not null,
    ordinal smallint not null unique
);
comment on table meta.timeframes is
'Timeframes that candles() serves. base: the stored timeframe it is made from; null: made from ticks. ordinal: by width. A day is 24 hours: time zones with daylight saving time read the same bars.';
insert into meta.timeframes (ordinal, timeframe, width, base, stored) values
(1, '1s', '1 second', null, false),
(2, '5s', '5 seconds', null, false),
(3, '15s', '15 seconds', null, false),
(4, '30s', '30 seconds', null, false),
(5, '1m', '1 minute', null, true),
(6, '2m', '2 minutes', '1m', false),
(7, '3m', '3 minutes', '1m', false),
(8, '5m', '5 minutes', '1m', true),
(9, '10m', '10 minutes', '5m', false),
(10, '15m', '15 minutes', '5m', true),
(11, '30m', '30 minutes', '15m', true),
(12, '45m', '45 minutes', '15m', false),
(13, '1h', '1 hour', '30m', true),
(14, '75m', '75 minutes', '15m', false),
(15, '2h', '2 hours', '1h', false),
(16, '3h', '3 hours', '1h', false),
(17, '4h', '4 hours', '1h', true),
(18, '1d', '24 hours', '1h', true),
(19, '1w', '168 hours', '1d', false),
(20, '1M', '1 month', '1d', false);

create table meta.timeframe_aliases (
    alias text primary key,
    timeframe text not null references meta.timeframes
);
comment on table meta.timeframe_aliases is 'Other spellings that people type, in lower case.';
insert into meta.timeframe_aliases (alias, timeframe) values
('1', '1m'), ('2', '2m'), ('3', '3m'), ('5', '5m'), ('10', '10m'), ('15', '15m'), ('30', '30m'), ('45', '45m'),
('60', '1h'), ('75', '75m'), ('120', '2h'), ('180', '3h'), ('240', '4h'),
('1min', '1m'), ('2min', '2m'), ('3min', '3m'), ('5min', '5m'), ('10min', '10m'), ('15min', '15m'), ('30min', '30m'),
('45min', '45m'), ('60min', '1h'), ('75min', '75m'), ('120min', '2h'), ('180min', '3h'), ('240min', '4h'),
('minute', '1m'), ('3minute', '3m'), ('5minute', '5m'), ('10minute', '10m'), ('15minute', '15m'),
('30minute', '30m'), ('60minute', '1h'), ('60m', '1h'), ('120m', '2h'), ('180m', '3h'), ('240m', '4h'),
('hour', '1h'), ('1hour', '1h'), ('2hour', '2h'), ('3hour', '3h'), ('4hour', '4h'),
('d', '1d'), ('day', '1d'), ('1day', '1d'), ('daily', '1d'),
('w', '1w'), ('week', '1w'), ('1week', '1w'), ('weekly', '1w'),
('month', '1M'), ('1month', '1M'), ('1mo', '1M'), ('monthly', '1M'),
('1sec', '1s'), ('5sec', '5s'), ('15sec', '15s'), ('30sec', '30s');

create table meta.retention (
    relation text primary key,
    keep interval check (keep >= interval '4 days'),
    chunk interval not null,
    columnstore_after interval
);
comment on table meta.retention is
'How long store.retain() keeps what; null: for ever. Editable. At least 4 days: nearer, a refresh policy could reach what was dropped. chunk: the width of a partition.';
insert into meta.retention (relation, keep, chunk, columnstore_after) values
('tick_data', '7 days', '1 day', '1 day'),
('1m', '30 days', '5 days', '3 days'),
('5m', '90 days', '15 days', '15 days'),
('15m', '6 months', '30 days', '30 days'),
('30m', '1 year', '60 days', '60 days'),
('1h', '1 year', '60 days', '60 days'),
('4h', '3 years', '180 days', '180 days'),
('1d', null, '1800 days', null);

create table meta.horizon (
    relation text primary key references meta.retention,
    horizon timestamptz not null default '-infinity'
);
comment on table meta.horizon is
'Before this instant store.retain() has dropped, or is about to drop, the relation: nothing may be recomputed from it there.';
insert into meta.horizon (relation)
select relation from meta.retention;

create table market.instruments (
    id integer primary key generated always as identity,
    symbol text not null unique check (symbol = exchange || ':' || tradingsymbol),
    exchange text not null,
    segment text not null,
    tradingsymbol text not null,
    name text,
    kind text not null check (kind in ('index', 'equity', 'future', 'option')),
    underlying_id integer references market.instruments,
    expiry date,
    strike double precision,
    option_type text check (option_type in ('CE', 'PE')),
    lot_size integer not null default 1 check (lot_size > 0),
    tick_size double precision not null default 0.05 check (tick_size > 0),
    is_active boolean not null default true,
    check ((kind = 'option') = (strike is not null and option_type is not null)),
    check ((kind in ('future', 'option')) = (expiry is not null))
);
create index instruments_underlying on market.instruments (underlying_id, expiry, strike);
comment on table market.instruments is
'Instruments with an identity of our own: stable, broker-neutral, never deleted. segment: whose trading hours apply (market.sessions). strike in rupees, lot_size in units.';

create table market.broker_instruments (
    broker text not null,
    broker_key text not null,
    instrument_id integer not null references market.instruments,
    valid_from date not null default '-infinity',
    valid_until date not null default 'infinity' check (valid_until > valid_from),
    primary key (broker, broker_key, valid_from)
);
create index broker_instruments_instrument on market.broker_instruments (instrument_id);
comment on table market.broker_instruments is
'Which instrument a broker''s key means, from valid_from (inclusive) to valid_until (exclusive): brokers use keys again after expiry.';

create table market.trading_hours (
    segment text not null,
    exchange_group text not null,
    valid_from date not null,
    opens time not null,
    closes time not null check (closes > opens),
    kind text not null check (kind in ('continuous', 'closing_auction')),
    is_shipped boolean not null default false,
    primary key (segment, valid_from, opens)
);
comment on table market.trading_hours is
'Regular hours (IST) of a segment from a date on; rows with the same valid_from are the parts of a day. is_shipped: with the project; your own rows stay and win.';

create table market.holidays (
    exchange_group text not null,
    date date not null,
    source text not null,
    is_shipped boolean not null default false,
    primary key (exchange_group, date)
);
comment on table market.holidays is 'Weekdays without trading. is_shipped: with the project; your own rows stay and win.';

create table market.special_sessions (
    exchange_group text not null,
    date date not null,
    opens time not null,
    closes time not null check (closes > opens),
    kind text not null,
    evidence text not null,
    is_shipped boolean not null default false,
    primary key (exchange_group, date, opens)
);
comment on table market.special_sessions is
'Hours (IST) that replace the regular ones on a date: Muhurat, drills, Saturdays. is_shipped: with the project; your own rows stay and win.';

create table market.sessions (
    segment text not null,
    session_date date not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null check (closes_at > opens_at),
    kind text not null,
    source text not null default 'user',
    primary key (segment, opens_at)
);
create index sessions_date on market.sessions (session_date, segment);
comment on table market.sessions is
'When a segment trades. Built from the calendar tables; a (segment, date) with rows of source ''user'' is left to the user.';

create table store.offsession_ticks (
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
create index offsession_ticks_received on store.offsession_ticks (received_at);
comment on table store.offsession_ticks is
'Ticks outside the trading session (pre-open, after the close, re-stamped): kept as received, never part of a candle.';

create table ledger.journals (
    journal uuid primary key,
    segment bigint not null,
    committed_at timestamptz not null default now()
);
comment on table ledger.journals is
'The last segment of each ingest journal that was committed, written in the segment''s own transaction: each is stored exactly once.';

create table ledger.ingest_stats (
    at timestamptz not null,
    source text not null,
    received bigint not null,
    written bigint not null,
    late bigint not null,
    duplicates bigint not null,
    offsession bigint not null,
    volume_falls bigint not null,
    dropped bigint not null,
    rejected jsonb not null,
    queue_depth integer not null,
    journal_segments integer not null,
    journal_bytes bigint not null,
    lag_ms double precision
);
create index ingest_stats_at on ledger.ingest_stats (at);
comment on table ledger.ingest_stats is
'A row per committed journal segment that counted anything. written: ticks numbered for tick_data; late: of those, handed to the database to number; rejected: count by reason; dropped: lost to a full queue; lag_ms: from receipt of the segment''s oldest batch to its journalling.';

create table ledger.jobs (
    name text primary key,
    command text not null,
    every interval not null check (every > interval '0'),
    timeout interval not null check (timeout > interval '0'),
    enabled boolean not null default true,
    due_at timestamptz not null default '-infinity',
    claimed_at timestamptz,
    failures integer not null default 0,
    last_started_at timestamptz,
    last_finished_at timestamptz
);
comment on table ledger.jobs is
'What the daemon calls on a schedule (wall clock). every and enabled are yours to edit; command and timeout come with the code.';

create table ledger.job_runs (
    name text not null references ledger.jobs on delete cascade,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    error text
);
create index job_runs_started on ledger.job_runs (started_at);
comment on table ledger.job_runs is
'How jobs ended: error is null when a run succeeded. Of jobs that run more often than each minute, failures only.';

create table ledger.candle_clock (
    announced_until timestamptz not null
);
create unique index candle_clock_one_row on ledger.candle_clock ((true));
comment on table ledger.candle_clock is 'One row: bars that closed up to this market time have been announced on candle_closed.';
