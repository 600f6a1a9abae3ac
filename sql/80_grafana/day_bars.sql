-- grafana.day_bars(days, instrument_ids) → day candles of the followed instruments (default: of all) on the newest
-- trading days of their segment, so many; nth: 0 the newest. A day without a candle has no row. volume: that of the
-- broker, also what was missed; traded_volume and turnover: as far as they were seen.
-- needs: bars, trading_days

create function grafana.day_bars(days integer, instrument_ids integer[] default null)
returns table (
    symbol text,
    kind text,
    nth integer,
    bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    traded_volume bigint,
    open_interest bigint,
    turnover double precision
)
language sql
stable
parallel safe
begin atomic
    with days as materialized (
        select
            i.id,
            i.symbol,
            i.kind,
            d.nth,
            d.bucket
        from grafana.trading_days(day_bars.days) as d
        inner join candles.followed as i on d.segment = i.segment
        where day_bars.instrument_ids is null or i.id = any(day_bars.instrument_ids)
    )

    select
        d.symbol,
        d.kind,
        d.nth,
        b.bucket,
        b.open,
        b.high,
        b.low,
        b.close,
        b.volume + b.missed_volume as volume,
        b.volume as traded_volume,
        b.open_interest,
        b.turnover
    from grafana.bars('1d', (select min(o.bucket) from days as o), 'infinity', day_bars.instrument_ids) as b
    inner join days as d on b.instrument_id = d.id and b.bucket = d.bucket;
end;
comment on function grafana.day_bars(integer, integer[]) is
'Day candles of instruments on the newest trading days of their segment.';
