-- indicators.bars(instrument_id, timeframe, since, until, forming, indicator, parameters…) → a row: the bars that an
-- indicator needs for a range, as arrays of one length in order of time; asked_from: the first bar asked for. Rows for
-- several days as in read_bars().
-- Raises BH001 for an unknown timeframe, BH005 when until lies before since, BH006 for an unknown indicator, BH007 for
-- wrong parameters.
-- needs: prepare, read_bars

create function indicators.bars(
    instrument_id integer,
    timeframe text,
    since timestamptz,
    until timestamptz,
    forming boolean,
    indicator text,
    variadic parameters double precision[]
)
returns table (
    asked_from timestamptz,
    bucket timestamptz[],
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    session_date date[]
)
language sql
stable
parallel safe
rows 1
begin atomic
    select
        r.asked_from,
        r.bucket,
        r.open,
        r.high,
        r.low,
        r.close,
        r.volume,
        r.session_date
    from indicators.prepare(bars.indicator, bars.parameters) as p
    cross join lateral indicators.read_bars(
        bars.instrument_id, bars.timeframe, bars.since, bars.until, bars.forming, p.columns, p.bars,
        p.sessions
    ) as r;
end;
comment on function indicators.bars(integer, text, timestamptz, timestamptz, boolean, text, double precision[]) is
'The bars that an indicator needs for a range, as arrays.';
