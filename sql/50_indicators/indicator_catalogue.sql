-- indicators.indicator_catalogue: what each indicator is. Each indicator's file adds its own row beside its function;
-- indicator(), indicators_latest() and the documentation read it: a row is all that a new indicator needs, be it one of
-- yours in BHAV_SQL_DIR.
--
-- outputs     names of the series that the kernel returns, in its order; the columns of the typed function
-- parameters  [{"name": "length", "type": "integer" or "real", "default": 14, "min": 2, "max": 1000}], in order of ids
-- rule        condition over the parameters beyond their ranges, as in {fast} < {slow}; null: none
-- kernel      call over the arrays open, high, low, close, volume, session_date, as in kernels.rsi(close, {length})
-- lookback    bars before the first value: the values there are null
-- warm_up     bars read before the first one asked for, so that where the reading starts no longer shows in the values
--             (a relative 1e-12 of what the start contributes); null: path-dependent, read from the anchor
--             (ledger.indicator_anchors)
-- sessions    trading days read from their first bar: 0 the one asked for, 1 also the one before; null: does not matter
-- convention  what is done where definitions differ
-- oracles     independent sources that the values are tested against
-- tolerance   greatest difference from them, relative to the greatest absolute value in the series

create table indicators.indicator_catalogue (
    name text primary key check (name = upper(name)),
    title text not null,
    family text not null check (
        family in ('average', 'momentum', 'trend', 'volatility', 'volume', 'level', 'pattern')
    ),
    outputs text[] not null,
    parameters jsonb not null,
    rule text,
    kernel text not null,
    lookback text not null,
    warm_up text,
    sessions integer check (sessions in (0, 1)),
    convention text not null,
    oracles text[] not null,
    tolerance double precision not null default 1e-9
);
comment on table indicators.indicator_catalogue is
'Every indicator: name, outputs, parameters with defaults and ranges, warm-up in bars, convention, oracles and tolerance.';
