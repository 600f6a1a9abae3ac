-- indicators.indicators_latest(instrument_id, timeframes, ids, forming) → the values of many indicators at the newest
-- bar of many timeframes: indicators_at() with candles_back 0, where errors are listed.
-- needs: indicators_at

create function indicators.indicators_latest(
    instrument_id integer,
    timeframes text[],
    ids text[],
    forming boolean default true
)
returns table (timeframe text, id text, output text, bucket timestamptz, value double precision)
language sql
stable
parallel safe
begin atomic
    select
        i.timeframe,
        i.id,
        i.output,
        i.bucket,
        i.value
    from
        indicators.indicators_at(
            indicators_latest.instrument_id, indicators_latest.timeframes, indicators_latest.ids, 0,
            indicators_latest.forming
        ) as i;
end;
comment on function indicators.indicators_latest(integer, text[], text[], boolean) is
'Values of many indicators at the newest bar of many timeframes.';
