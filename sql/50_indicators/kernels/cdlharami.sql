-- kernels.cdlharami(open, high, low, close) → 100 where a short body lies within the long black one before, -100 within
-- a long white one; 80 and -80 where they match on one end; else 0. Null for the first 11 bars.
-- Source: TA-Lib CDLHARAMI.
-- needs: candle_limit, start

create function kernels.cdlharami(
    open double precision[],
    high double precision[],
    low double precision[],
    close double precision[]
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(open, high, low, close);
    last integer := cardinality(close);
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first + 11..last loop
        r[i] := case
            when
                greatest(open[i], close[i]) <= greatest(open[i - 1], close[i - 1])
                and least(open[i], close[i]) >= least(open[i - 1], close[i - 1])
                and abs(close[i - 1] - open[i - 1]) > kernels.candle_limit(open, high, low, close, i - 1, 'BodyLong')
                and abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyShort')
                then
                    case when close[i - 1] >= open[i - 1] then -1 else 1 end
                    * case
                        when
                            greatest(open[i], close[i]) < greatest(open[i - 1], close[i - 1])
                            and least(open[i], close[i]) > least(open[i - 1], close[i - 1])
                            then 100
                        else 80
                    end
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdlharami(double precision[], double precision[], double precision[], double precision[]) is
'Harami of bars.';
