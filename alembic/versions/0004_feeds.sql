-- What is followed, and the connections over which it came.

create table ledger.watchlist (
    instrument_id integer not null references market.instruments,
    what text not null default 'instrument',
    strikes integer,
    expiries integer,
    added_at timestamptz not null default now(),
    primary key (instrument_id, what),
    constraint watchlist_what_is_known check (what in ('instrument', 'chain')),
    constraint watchlist_chain_has_a_size check ((what = 'chain') = (num_nonnulls(strikes, expiries) = 2)),
    constraint watchlist_nothing_else_has check (what = 'chain' or num_nulls(strikes, expiries) = 2),
    constraint watchlist_strikes_are_few check (strikes between 1 and 500),
    constraint watchlist_expiries_are_few check (expiries between 1 and 50)
);
comment on table ledger.watchlist is
'What the user wants to follow from a broker. what: the instrument itself, or the chain of options written on it (with itself): this many strikes on each side of the money, of the next expiries.';

create table ledger.subscriptions (
    instrument_id integer primary key references market.instruments,
    since timestamptz not null default now()
);
comment on table ledger.subscriptions is
'The instruments that are followed now, written by the feed: of a broker what the watchlist comes to, else the whole simulated or recorded market.';
insert into ledger.subscriptions (instrument_id)
select id
from market.instruments
where is_active;

create table ledger.feed_connections (
    id bigint primary key generated always as identity,
    source text not null,
    connection text not null,
    instrument_ids integer[] not null,
    up_at timestamptz not null,
    heard_until timestamptz not null check (heard_until >= up_at),
    ended_at timestamptz check (ended_at >= heard_until),
    reason text
);
create unique index feed_connections_up on ledger.feed_connections (source, connection) where ended_at is null;
create index feed_connections_heard on ledger.feed_connections (heard_until);
comment on table ledger.feed_connections is
'A row for each time that a connection was up with one list of instruments (market time). What arrived in [up_at, heard_until) is stored: the row is written after its ticks. ended_at is null while it is up; reason: why it ended.';

create table ledger.feed_status (
    source text not null,
    connection text not null,
    state text not null check (state in ('up', 'down')),
    since timestamptz not null,
    reason text,
    instruments integer not null default 0,
    heard_at timestamptz,
    reconnects integer not null default 0,
    reported_at timestamptz not null default now(),
    primary key (source, connection)
);
comment on table ledger.feed_status is
'The connections of the feed that runs, or ran last. since: market time of the last change of state; reason: why it is down; instruments: subscribed; heard_at: the last message, market time; reconnects: how often it came up again since the daemon started; reported_at: wall clock.';

create table ledger.access_tokens (
    broker text primary key,
    login_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table ledger.access_tokens is
'When the access token that the daemon uses was made and when it ends (wall clock); the token itself is in a file of the daemon.';
