-- The user's own alert rules, and what the latency of ingest is measured with.

create table ledger.alert_rules (
    id integer primary key generated always as identity,
    name text not null unique,
    symbol text references market.instruments (symbol),
    kind text,
    measure text not null,
    indicator text,
    output text,
    timeframe text not null default '1m' references meta.timeframes,
    comparison text not null,
    level double precision not null,
    enabled boolean not null default true,
    constraint alert_rules_name_is_not_empty check (trim(name) <> ''),
    constraint alert_rules_symbol_or_kind check (num_nonnulls(symbol, kind) = 1),
    constraint alert_rules_kind_is_known check (kind in ('index', 'equity', 'future', 'option')),
    constraint alert_rules_measure_is_known check (
        measure in ('price', 'change_percent', 'volume_ratio', 'indicator')
    ),
    constraint alert_rules_indicator_is_named check ((measure = 'indicator') = (indicator is not null)),
    constraint alert_rules_indicator_is_of_a_symbol check (measure <> 'indicator' or symbol is not null),
    constraint alert_rules_output_is_named check ((indicator is null) = (output is null)),
    constraint alert_rules_comparison_is_known check (
        comparison in ('above', 'below', 'crosses_above', 'crosses_below')
    ),
    constraint alert_rules_only_price_and_indicator_cross check (
        measure in ('price', 'indicator') or comparison in ('above', 'below')
    ),
    constraint alert_rules_level_is_a_number check (level > '-infinity' and level < 'infinity'),
    constraint alert_rules_level_is_positive check (level > 0 or measure in ('change_percent', 'indicator')),
    constraint alert_rules_bars_of_a_minute_or_more check (timeframe not in ('1s', '5s', '15s', '30s')),
    constraint alert_rules_change_is_of_a_day check (measure <> 'change_percent' or timeframe not in ('1w', '1M'))
);
comment on table ledger.alert_rules is
'The user''s alert rules, judged when a bar of timeframe closes: of one symbol, or of every active instrument of a kind. measure: price (close in rupees), change_percent (of the close against the close of the day before), volume_ratio (volume against the mean of the 20 bars before), indicator (an output of it, by default the first; of one symbol only). crosses_above: above level now and not at the bar before.';

alter table ledger.ingest_stats add column commit_ms double precision[];
comment on table ledger.ingest_stats is
'A row per committed journal segment that counted anything. written: ticks numbered for tick_data; late: of those, handed to the database to number; rejected: count by reason; dropped: lost to a full queue; lag_ms: from receipt of the segment''s oldest batch to its journalling; commit_ms: of each segment committed since the row before, from receipt of its oldest batch to the end of its commit.';
