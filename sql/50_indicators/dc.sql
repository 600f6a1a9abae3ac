-- indicators.dc(instrument_id, timeframe, length, since, until, forming) → Donchian channels: highest high and lowest
-- low of the newest length bars, middle halfway, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.dc.
-- needs: bars

create function indicators.dc(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, upper double precision, middle double precision, lower double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.upper,
        v.middle,
        v.lower
    from
        indicators.bars(
            dc.instrument_id, dc.timeframe, dc.since, dc.until, dc.forming, 'DC', dc.length
        ) as b
    cross join lateral kernels.dc(b.high, b.low, dc.length) as k
    cross join lateral unnest(b.bucket, k.upper, k.middle, k.lower) as v (bucket, upper, middle, lower)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.dc(integer, text, integer, timestamptz, timestamptz, boolean) is
'Donchian channels.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'DC',
    'Donchian Channels',
    'volatility',
    '{upper, middle, lower}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.dc(high, low, {length})',
    '{length} - 1',
    '{length} - 1',
    'the bar itself counts',
    '{TA-Lib, pandas-ta}'
);
