-- kernels.bbands(x, length, multiplier) → Bollinger bands: middle: sma; upper and lower: multiplier population standard
-- deviations from it; bandwidth: upper - lower in percent of middle, null where that is 0; percent_b: where x stands, 0
-- at lower, 1 at upper, null where they are one. Null before there are length values. Units of the bands: those of x.
-- Source: John Bollinger, Bollinger on Bollinger Bands, 2001; TA-Lib BBANDS.
-- needs: sma, stddev

create function kernels.bbands(
    x double precision[],
    length integer,
    multiplier double precision,
    out upper double precision[],
    out middle double precision[],
    out lower double precision[],
    out bandwidth double precision[],
    out percent_b double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    deviation double precision[] := kernels.stddev(x, length);
    m double precision;
    d double precision;
begin
    middle := kernels.sma(x, length);
    upper := middle;
    lower := middle;
    bandwidth := middle;
    percent_b := middle;
    for i in length..cardinality(x) loop
        m := middle[i];
        d := multiplier * deviation[i];
        upper[i] := m + d;
        lower[i] := m - d;
        bandwidth[i] := 200 * d / nullif(m, 0);
        percent_b[i] := 0.5 + (x[i] - m) / nullif(2 * d, 0);
    end loop;
end
$$;
comment on function kernels.bbands(double precision[], integer, double precision) is
'Bollinger bands of a series, their width and where the series stands between them.';
