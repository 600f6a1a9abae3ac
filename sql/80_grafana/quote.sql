-- grafana.quote(symbol) → one row: the instrument on the newest trading day of its segment, in rupees; change from the
-- close of the trading day before (null without a candle of it), volume: that of the broker; vwap: turnover by volume
-- as far as they were seen. No row when it has not traded on that day.
-- needs: day_bars

create function grafana.quote(symbol text)
returns table (
    last double precision,
    change double precision,
    change_percent double precision,
    open double precision,
    high double precision,
    low double precision,
    previous_close double precision,
    volume bigint,
    vwap double precision,
    open_interest bigint
)
language sql
stable
parallel safe
begin atomic
    with bars as (
        select
            b.*,
            lead(b.close) over (order by b.nth) as previous_close
        from
            grafana.day_bars(
                2,
                array(
                    select i.id
                    from market.instruments as i
                    where i.symbol = quote.symbol
                )
            ) as b
    )

    select
        b.close as last,
        b.close - b.previous_close as change,
        100 * (b.close / nullif(b.previous_close, 0) - 1) as change_percent,
        b.open,
        b.high,
        b.low,
        b.previous_close,
        b.volume,
        b.turnover / nullif(b.traded_volume, 0) as vwap,
        b.open_interest
    from bars as b
    where b.nth = 0;
end;
comment on function grafana.quote(text) is 'The newest trading day of an instrument, against the close of the day before.';
