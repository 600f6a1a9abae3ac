-- kernels.chop(high, low, close, length) → choppiness index: the true ranges of the newest length bars as a multiple of
-- their whole range, its logarithm to base length in percent: 0 a straight way, 100 none; above 100 only after a gap.
-- length from 2. Null for the first length bars, and where the whole range is 0.
-- Source: E. W. Dreiss; https://www.tradingview.com/support/solutions/43000501980
-- needs: highest, lowest, rolling_sum, true_range

create function kernels.chop(high double precision[], low double precision[], close double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    upper double precision[] := kernels.highest(high, length);
    lower double precision[] := kernels.lowest(low, length);
    r double precision[] := kernels.rolling_sum(kernels.true_range(high, low, close), length);
    scale double precision := 100 / ln(length::double precision);
begin
    for i in length + 1..cardinality(close) loop
        r[i] := scale * ln(r[i] / nullif(upper[i] - lower[i], 0));
    end loop;
    return r;
end
$$;
comment on function kernels.chop(double precision[], double precision[], double precision[], integer) is
'Choppiness index of bars.';
