-- indicators.candlestick_patterns(instrument_id, timeframe, patterns, since, until, forming) → a row for each bar and
-- candlestick pattern found there, in order of time. patterns: ids such as CDLDOJI or CDLMORNINGSTAR_0.5 (the number is
-- penetration); null: all of the catalogue's family 'pattern'. pattern: the id in full. value: as in TA-Lib, above 0
-- bullish, below 0 bearish (a doji is 100 and neither); none looks at the trend before. A bar is white if it closes at
-- its open or above, else black. Range and forming bar: as indicators.indicator().
-- Raises BH001 unknown timeframe, BH005 reversed range, BH006 unknown pattern, BH007 wrong parameters.
-- needs: compute, indicator_catalogue, parse, prepare, read_bars

create function indicators.candlestick_patterns(
    instrument_id integer,
    timeframe text,
    patterns text[] default null,
    since timestamptz default null,
    until timestamptz default 'infinity',
    forming boolean default true
)
returns table (bucket timestamptz, pattern text, value double precision)
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    known text[] := array(
        select c.name
        from indicators.indicator_catalogue as c
        where c.family = 'pattern'
        order by c.name
    );
    ids text[] := coalesce(patterns, known);
    unknown text := (
        select min(i.name)
        from unnest(ids) as a (id)
        cross join lateral indicators.parse(a.id) as i
        where i.name <> all (known)
    );
begin
    if unknown is not null then
        raise exception using
            errcode = 'BH006',
            message = format('no candlestick pattern: %L', unknown),
            hint = 'one of ' || array_to_string(known, ' ');
    end if;

    return query
    with asked as materialized (
        select distinct i.id, p.query, p.bars
        from unnest(ids) as a (id)
        cross join lateral indicators.parse(a.id) as i
        cross join lateral indicators.prepare(i.name, i.parameters) as p
    ),

    bars as materialized (
        select b.*
        from (
            select max(a.bars) as bars
            from asked as a
        ) as deepest
        cross join lateral indicators.read_bars(
            instrument_id, timeframe, since, until, forming, '{open,high,low,close}', deepest.bars, null
        ) as b
    )

    select v.bucket, a.id, v.value
    from bars as b
    cross join asked as a
    cross join lateral indicators.compute(
        a.query, b.open, b.high, b.low, b.close, b.volume, b.session_date
    ) as o
    cross join lateral unnest(b.bucket, o.series) as v (bucket, value)
    where v.value <> 0 and v.bucket >= b.asked_from
    order by v.bucket, a.id;
end
$$;
comment on function indicators.candlestick_patterns(integer, text, text[], timestamptz, timestamptz, boolean) is
'Candlestick patterns found in the bars of a range, named and valued as in TA-Lib.';

insert into indicators.indicator_catalogue
(name, title, family, outputs, parameters, kernel, lookback, warm_up, convention, oracles, tolerance)
select
    p.name,
    p.title,
    'pattern' as family,
    array[lower(p.name)] as outputs,
    case
        when p.penetration is null then '[]'
        else jsonb_build_array(
            jsonb_build_object(
                'name', 'penetration', 'type', 'real', 'default', p.penetration, 'min', 0, 'max', 1
            )
        )
    end as parameters,
    p.kernel,
    p.lookback,
    p.lookback as warm_up,
    'TA-Lib''s default candle settings; its running sums may keep the rounding of a jump, ours do not' as convention,
    '{TA-Lib}' as oracles,
    0 as tolerance
from (
    values
    ('CDLDOJI', 'Doji', 'kernels.cdldoji(open, high, low, close)', '10', null),
    ('CDLDRAGONFLYDOJI', 'Dragonfly Doji', 'kernels.cdldragonflydoji(open, high, low, close)', '10', null),
    ('CDLGRAVESTONEDOJI', 'Gravestone Doji', 'kernels.cdlgravestonedoji(open, high, low, close)', '10', null),
    ('CDLHAMMER', 'Hammer', 'kernels.cdlhammer(open, high, low, close)', '11', null),
    ('CDLINVERTEDHAMMER', 'Inverted Hammer', 'kernels.cdlinvertedhammer(open, high, low, close)', '11', null),
    ('CDLHANGINGMAN', 'Hanging Man', 'kernels.cdlhangingman(open, high, low, close)', '11', null),
    ('CDLSHOOTINGSTAR', 'Shooting Star', 'kernels.cdlshootingstar(open, high, low, close)', '11', null),
    ('CDLENGULFING', 'Engulfing', 'kernels.cdlengulfing(open, high, low, close)', '2', null),
    ('CDLHARAMI', 'Harami', 'kernels.cdlharami(open, high, low, close)', '11', null),
    ('CDLHARAMICROSS', 'Harami Cross', 'kernels.cdlharamicross(open, high, low, close)', '11', null),
    ('CDLPIERCING', 'Piercing Line', 'kernels.cdlpiercing(open, high, low, close)', '11', null),
    (
        'CDLDARKCLOUDCOVER',
        'Dark Cloud Cover',
        'kernels.cdldarkcloudcover(open, high, low, close, {penetration})',
        '11',
        0.5
    ),
    ('CDLMORNINGSTAR', 'Morning Star', 'kernels.cdlmorningstar(open, high, low, close, {penetration})', '12', 0.3),
    ('CDLEVENINGSTAR', 'Evening Star', 'kernels.cdleveningstar(open, high, low, close, {penetration})', '12', 0.3),
    ('CDL3WHITESOLDIERS', 'Three White Soldiers', 'kernels.cdl3whitesoldiers(open, high, low, close)', '12', null),
    ('CDL3BLACKCROWS', 'Three Black Crows', 'kernels.cdl3blackcrows(open, high, low, close)', '13', null),
    ('CDLMARUBOZU', 'Marubozu', 'kernels.cdlmarubozu(open, high, low, close)', '10', null),
    ('CDLSPINNINGTOP', 'Spinning Top', 'kernels.cdlspinningtop(open, high, low, close)', '10', null),
    ('CDL3INSIDE', 'Three Inside Up and Down', 'kernels.cdl3inside(open, high, low, close)', '12', null),
    ('CDL3OUTSIDE', 'Three Outside Up and Down', 'kernels.cdl3outside(open, high, low, close)', '3', null)
) as p (name, title, kernel, lookback, penetration);
