-- indicators.ultosc(instrument_id, timeframe, short_length, middle_length, long_length, since, until, forming) →
-- ultimate oscillator, 0..100: the share of the true range that lies below the close, over three lengths.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ultosc.
-- needs: bars

create function indicators.ultosc(
    instrument_id integer,
    timeframe text,
    short_length integer default 7,
    middle_length integer default 14,
    long_length integer default 28,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, ultosc double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.ultosc
    from
        indicators.bars(
            ultosc.instrument_id, ultosc.timeframe, ultosc.since, ultosc.until, ultosc.forming,
            'ULTOSC', ultosc.short_length, ultosc.middle_length, ultosc.long_length
        ) as b
    cross join
        lateral kernels.ultosc(
            b.high, b.low, b.close, ultosc.short_length, ultosc.middle_length, ultosc.long_length
        ) as k (ultosc)
    cross join lateral unnest(b.bucket, k.ultosc) as v (bucket, ultosc)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ultosc(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Ultimate oscillator.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, warm_up, convention, oracles)
values (
    'ULTOSC',
    'Ultimate Oscillator',
    'momentum',
    '{ultosc}',
    '[
        {"name": "short_length", "type": "integer", "default": 7, "min": 1, "max": 1000},
        {"name": "middle_length", "type": "integer", "default": 14, "min": 1, "max": 1000},
        {"name": "long_length", "type": "integer", "default": 28, "min": 1, "max": 1000}
    ]',
    '{short_length} <= {middle_length} and {middle_length} <= {long_length}',
    'kernels.ultosc(high, low, close, {short_length}, {middle_length}, {long_length})',
    '{long_length}',
    '{long_length}',
    'weights 4, 2 and 1; a length over which nothing moved counts 0; pandas-ta starts a bar earlier, with the '
    'first bar''s own range',
    '{TA-Lib, pandas-ta, tulip}'
);
