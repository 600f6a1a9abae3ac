-- indicators.tema(instrument_id, timeframe, length, since, until, forming) → triple exponential moving average of the
-- closes, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.tema.
-- needs: bars

create function indicators.tema(
    instrument_id integer,
    timeframe text,
    length integer default 20,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, tema double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.tema
    from
        indicators.bars(
            tema.instrument_id, tema.timeframe, tema.since, tema.until, tema.forming, 'TEMA', tema.length
        ) as b
    cross join lateral unnest(b.bucket, kernels.tema(b.close, tema.length)) as v (bucket, tema)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.tema(integer, text, integer, timestamptz, timestamptz, boolean) is
'Triple exponential moving average.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles)
values (
    'TEMA',
    'Triple Exponential Moving Average',
    'average',
    '{tema}',
    '[{"name": "length", "type": "integer", "default": 20, "min": 1, "max": 1000}]',
    'kernels.tema(close, {length})',
    '3 * ({length} - 1)',
    '42 * ({length} + 1)',
    'each average is seeded with a simple one, as TA-Lib and pandas-ta; tulip starts from the first close',
    '{TA-Lib, pandas-ta}'
);
