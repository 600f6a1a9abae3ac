-- kernels.sma(x, length) → simple moving average: mean of the newest length values. Null before there are as many.
-- Units: those of x.
-- Source: TA-Lib SMA.
-- needs: rolling_sum

create function kernels.sma(x double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return kernels.rolling_sum(x, length, length);
end
$$;
comment on function kernels.sma(double precision[], integer) is
'Simple moving average of a series.';
