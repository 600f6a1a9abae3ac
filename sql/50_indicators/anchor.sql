-- indicators.anchor(timeframe, since) → the instant from which path-dependent indicators of a timeframe run: the one
-- stored for it or for the timeframe that it is made from (ledger.indicator_anchors); for timeframes made of ticks the
-- start of the trading day of since, as there they start anew with each. Before any is stored: -infinity, the first bar
-- there is.

create function indicators.anchor(timeframe text, since timestamptz)
returns timestamptz
language sql
stable
parallel safe
return (
    select
        case
            when t.stored or t.base is not null then coalesce(a.starts_at, '-infinity')
            else meta.bucket_start('1 day', anchor.since)
        end
    from meta.timeframes as t
    left join ledger.indicator_anchors as a on a.timeframe = case when t.stored then t.timeframe else t.base end
    where t.timeframe = anchor.timeframe
);
comment on function indicators.anchor(text, timestamptz) is
'The instant from which path-dependent indicators of a timeframe run.';
