-- indicators.psar(instrument_id, timeframe, acceleration, maximum, since, until, forming) → Wilder's parabolic stop and
-- reverse, in rupees.
-- Range, forming bar and errors: as indicators.indicator(). Formula: kernels.psar.
-- needs: bars

create function indicators.psar(
    instrument_id integer,
    timeframe text,
    acceleration double precision default 0.02,
    maximum double precision default 0.2,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, psar double precision)
language sql
stable
parallel safe
begin atomic
    select
        v.bucket,
        v.psar
    from
        indicators.bars(
            psar.instrument_id, psar.timeframe, psar.since, psar.until, psar.forming,
            'PSAR', psar.acceleration, psar.maximum
        ) as b
    cross join
        lateral unnest(b.bucket, kernels.psar(b.high, b.low, psar.acceleration, psar.maximum)) as v (bucket, psar)
    where v.bucket >= b.asked_from;
end;
comment on function indicators.psar(
    integer, text, double precision, double precision, timestamptz, timestamptz, boolean
) is 'Parabolic stop and reverse.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, rule, kernel, lookback, convention, oracles)
values (
    'PSAR',
    'Parabolic Stop and Reverse',
    'trend',
    '{psar}',
    '[
        {"name": "acceleration", "type": "real", "default": 0.02, "min": 0.001, "max": 1},
        {"name": "maximum", "type": "real", "default": 0.2, "min": 0.001, "max": 1}
    ]',
    '{acceleration} <= {maximum}',
    'kernels.psar(high, low, {acceleration}, {maximum})',
    '1',
    'turns where a bar touches it; pandas-ta wants it crossed, tulip differs until the first turn',
    '{TA-Lib}'
);
