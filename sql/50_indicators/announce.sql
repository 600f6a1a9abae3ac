-- indicators.announce(timeframe, instrument_ids) → notifications sent: NOTIFY indicator
-- {"timeframe": "5m", "instrument_ids": [1, 2]}, up to 500 instruments each. A hint to read indicators_live again.

create function indicators.announce(timeframe text, instrument_ids integer[])
returns integer
language sql
volatile
parallel unsafe
begin atomic
    select count(pg_notify('indicator', p.payload))
    from (
        select
            jsonb_build_object(
                'timeframe', announce.timeframe, 'instrument_ids', jsonb_agg(u.instrument_id order by u.instrument_id)
            )::text as payload
        from unnest(announce.instrument_ids) with ordinality as u (instrument_id, nth)
        group by (u.nth - 1) / 500
    ) as p;
end;
comment on function indicators.announce(text, integer[]) is
'Sends NOTIFY indicator for the instruments whose live indicators changed at a timeframe.';
