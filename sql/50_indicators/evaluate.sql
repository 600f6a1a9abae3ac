-- indicators.evaluate(id, open, high, low, close, volume, session_date) → the outputs of an indicator over arrays of
-- bars, a row each, in the order of the catalogue: series is as long as the bars, null before the first value.
-- Needs no table: use it for bars of your own. Prices in rupees, volume in units, session_date of each bar (for
-- indicators by session; may be null for the others).
-- Raises BH006 for an unknown indicator, BH007 for wrong parameters, BH008 for arrays that are no series of bars.
-- needs: compute, parse, prepare

create function indicators.evaluate(
    id text,
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    session_date date[] default null
)
returns table (output text, series double precision[])
language sql
stable
parallel safe
rows 3
begin atomic
    select
        o.output,
        o.series
    from indicators.parse(evaluate.id) as i
    cross join lateral indicators.prepare(i.name, i.parameters) as p
    cross join
        lateral indicators.compute(
            p.query, evaluate.open, evaluate.high, evaluate.low, evaluate.close, evaluate.volume,
            evaluate.session_date
        ) as o;
end;
comment on function indicators.evaluate(
    text, double precision[], double precision[], double precision[], double precision[], double precision[], date[]
) is 'The outputs of an indicator over arrays of bars.';
