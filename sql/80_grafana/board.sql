-- grafana.board(kinds, symbols) → followed instruments of some kinds and symbols (default: all) that have traded on the
-- newest trading day of their segment by the market clock: prices in rupees, change from the close of the trading day
-- before (null without a candle of it), volume (that of the broker: also what was missed), turnover in rupees as far as
-- it was seen. newest: the start of the day's candle.
-- needs: day_bars

create function grafana.board(kinds text[] default null, symbols text[] default null)
returns table (
    symbol text,
    kind text,
    last double precision,
    change double precision,
    change_percent double precision,
    open double precision,
    high double precision,
    low double precision,
    previous_close double precision,
    volume bigint,
    turnover double precision,
    newest timestamptz
)
language sql
stable
parallel safe
begin atomic
    with bars as (
        select
            b.*,
            lead(b.close) over (partition by b.symbol order by b.nth) as previous_close
        from
            grafana.day_bars(
                2,
                case
                    when board.kinds is not null or board.symbols is not null
                        then array(
                            select i.id
                            from candles.followed as i
                            where
                                (board.kinds is null or i.kind = any(board.kinds))
                                and (board.symbols is null or i.symbol = any(board.symbols))
                        )
                end
            ) as b
    )

    select
        b.symbol,
        b.kind,
        b.close as last,
        b.close - b.previous_close as change,
        100 * (b.close / nullif(b.previous_close, 0) - 1) as change_percent,
        b.open,
        b.high,
        b.low,
        b.previous_close,
        b.volume,
        b.turnover,
        b.bucket as newest
    from bars as b
    where b.nth = 0;
end;
comment on function grafana.board(text[], text[]) is
'The newest trading day of the followed instruments, against the close of the day before.';
