-- kernels.cdldoji(open, high, low, close) → 100 where open and close are about equal: the body is at most a tenth of
-- the mean range of the 10 bars before; else 0. Null for the first 10 bars.
-- Source: TA-Lib CDLDOJI.
-- needs: candle_limit, start

create function kernels.cdldoji(
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
    for i in first + 10..last loop
        r[i] := case
            when
                abs(close[i] - open[i]) <= kernels.candle_limit(open, high, low, close, i, 'BodyDoji')
                then 100
            else 0
        end;
    end loop;
    return r;
end
$$;
comment on function kernels.cdldoji(double precision[], double precision[], double precision[], double precision[]) is
'Doji of bars.';
