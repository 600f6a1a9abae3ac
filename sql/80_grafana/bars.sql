-- grafana.bars(timeframe, since, until, instrument_ids) → bars of many instruments (default: of all) in a range, in no
-- order. since is floored to its bar, until is exclusive. No rows for what is not a stored timeframe.
-- plpgsql, because the bounds have to be known when the query is planned: otherwise an engine would read what it stores
-- of all times.

create function grafana.bars(
    timeframe text,
    since timestamptz,
    until timestamptz default 'infinity',
    instrument_ids integer[] default null
)
returns table (
    instrument_id integer,
    bucket timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint,
    missed_volume bigint,
    open_interest bigint,
    turnover double precision
)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    bar interval := (select t.width from meta.timeframes as t where t.timeframe = bars.timeframe and t.stored);
begin
    if bar is null then
        return;
    end if;
    return query execute format(
        'select
            c.instrument_id, c.bucket, c.open, c.high, c.low, c.close, c.volume, c.missed_volume, c.open_interest,
            c.turnover
        from candles.candles_%s as c
        where c.bucket >= $1 and c.bucket < $2 and ($3 is null or c.instrument_id = any ($3))',
        timeframe
    )
    using meta.bucket_start(bar, since), until, instrument_ids;
end
$$;
comment on function grafana.bars(text, timestamptz, timestamptz, integer[]) is
'Bars of many instruments at a stored timeframe in a range.';
