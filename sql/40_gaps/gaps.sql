-- gaps.gaps(instrument_id, since, until, timeframe) → the gaps of an instrument in order of time: trading time of
-- the range for which nothing is known of what happened, in whole minutes. A minute without a trade in which a
-- connection was up, or for which the broker says that it has no candle, is no gap. timeframe: of the candles that
-- are looked at: a month that a broker answered in candles of 1d is a gap at 1h. minutes: of trading. Raises BH001
-- for an unknown timeframe, BH005 when until lies before since.
-- needs: check_range, missing, stored_timeframe

create function gaps.gaps(
    instrument_id integer,
    since timestamptz,
    until timestamptz default 'infinity',
    timeframe text default '1m'
)
returns table (starts_at timestamptz, ends_at timestamptz, minutes bigint)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    stored constant text := gaps.stored_timeframe(timeframe);
begin
    perform gaps.check_range(since, until);
    return query
    select
        lower(g.gap),
        upper(g.gap),
        (extract(epoch from upper(g.gap) - lower(g.gap)) / 60)::bigint
    from gaps.missing(array[gaps.instrument_id], since, until, stored) as m
    cross join unnest(m.missing) as g (gap)
    order by lower(g.gap);
end
$$;
comment on function gaps.gaps(integer, timestamptz, timestamptz, text) is
'The gaps of an instrument: trading time of which nothing is known, in whole minutes.';
