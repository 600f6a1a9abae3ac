-- indicators.ichimoku(instrument_id, timeframe, conversion_length, base_length, span_length, since, until, forming) →
-- conversion and base lines and leading spans of Ichimoku, in rupees. The spans stand where a chart draws them: at a
-- bar are those computed base_length - 1 bars before.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.ichimoku.
-- needs: bars

create function indicators.ichimoku(
    instrument_id integer,
    timeframe text,
    conversion_length integer default 9,
    base_length integer default 26,
    span_length integer default 52,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (
    bucket timestamptz,
    conversion double precision,
    base double precision,
    span_a double precision,
    span_b double precision
)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.conversion,
        v.base,
        v.span_a,
        v.span_b
    from
        indicators.bars(
            ichimoku.instrument_id, ichimoku.timeframe, ichimoku.since, ichimoku.until, ichimoku.forming,
            'ICHIMOKU', ichimoku.conversion_length, ichimoku.base_length, ichimoku.span_length
        ) as b
    cross join
        lateral kernels.ichimoku(
            b.high, b.low, ichimoku.conversion_length, ichimoku.base_length, ichimoku.span_length
        ) as k
    cross join
        lateral unnest(
            b.bucket, k.conversion, k.base, k.span_a, k.span_b
        ) as v (bucket, conversion, base, span_a, span_b)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.ichimoku(integer, text, integer, integer, integer, timestamptz, timestamptz, boolean) is
'Conversion and base lines and leading spans of Ichimoku.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'ICHIMOKU',
    'Ichimoku Cloud',
    'trend',
    '{conversion, base, span_a, span_b}',
    '[
        {"name": "conversion_length", "type": "integer", "default": 9, "min": 1, "max": 1000},
        {"name": "base_length", "type": "integer", "default": 26, "min": 1, "max": 1000},
        {"name": "span_length", "type": "integer", "default": 52, "min": 1, "max": 1000}
    ]',
    'kernels.ichimoku(high, low, {conversion_length}, {base_length}, {span_length})',
    'greatest({conversion_length}, {base_length}, {span_length}) + {base_length} - 2',
    'greatest({conversion_length}, {base_length}, {span_length}) + {base_length} - 2',
    'spans stand base_length - 1 bars after the bar they are computed at, as in TradingView; pandas-ta puts them one '
    'bar later, and agrees otherwise',
    '{pandas-ta, TradingView}'
);
