-- What indicators remember.

create table ledger.indicator_anchors (
    timeframe text primary key references meta.timeframes,
    starts_at timestamptz not null,
    set_at timestamptz not null default now()
);
comment on table ledger.indicator_anchors is
'The instant from which path-dependent indicators of a timeframe run. indicators.set_anchors() moves one on before its bars are dropped.';

create table ledger.indicator_subscriptions (
    instrument_id integer not null references market.instruments,
    timeframe text not null references meta.timeframes,
    id text not null,
    client text not null,
    expires_at timestamptz not null,
    primary key (timeframe, instrument_id, id, client)
);
comment on table ledger.indicator_subscriptions is
'Which indicators clients watch: they are kept live until the last of them leaves or expires (wall clock).';

create table ledger.indicator_state (
    timeframe text not null references meta.timeframes,
    instrument_id integer not null references market.instruments,
    bars integer not null,
    bucket timestamptz not null,
    buckets timestamptz[] not null,
    highs double precision[] not null,
    lows double precision[] not null,
    closes double precision[] not null,
    ema_9 double precision,
    ema_12 double precision,
    ema_21 double precision,
    ema_26 double precision,
    macd_signal double precision,
    rsi_gains double precision,
    rsi_losses double precision,
    atr double precision,
    supertrend_atr double precision,
    supertrend_upper double precision,
    supertrend_lower double precision,
    supertrend_direction double precision,
    verified_at timestamptz not null,
    primary key (timeframe, instrument_id)
) with (fillfactor = 45);
comment on table ledger.indicator_state is
'The indicators of strategies as of the newest closed bar (bucket), advanced bar by bar: EMA_9, EMA_12, EMA_21, EMA_26, MACD_12_26_9, RSI_14, ATR_14, SUPERTREND_10_3, and of the newest 20 bars (oldest first) BBANDS_20_2 and DC_20. bars: how many went in. verified_at: when it was last computed anew (wall clock).';

create table ledger.indicator_values (
    timeframe text not null references meta.timeframes,
    instrument_id integer not null references market.instruments,
    id text not null,
    bucket timestamptz not null,
    outputs text[] not null,
    results double precision[] not null,
    verified_at timestamptz not null,
    primary key (timeframe, instrument_id, id)
) with (fillfactor = 45);
comment on table ledger.indicator_values is
'Other watched indicators as of the newest closed bar, computed once for it. Without results: there is no bar. verified_at: when it was last computed (wall clock).';

create table ledger.indicator_clock (
    timeframe text primary key references meta.timeframes,
    advanced_until timestamptz not null
);
comment on table ledger.indicator_clock is
'Watched indicators of a timeframe have been brought to the bars that closed up to this market time.';
