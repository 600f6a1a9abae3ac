-- kernels.vwma(x, volume, length) → mean of the newest length values, each weighing its volume. Null before there are
-- as many, and where nothing traded among them. Units: those of x.
-- Source: https://www.tradingview.com/pine-script-reference/v5/#fun_ta.vwma
-- needs: rolling_sum, start

create function kernels.vwma(x double precision[], volume double precision[], length integer)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(x, volume);
    r double precision[] := array_fill(null::double precision, array[cardinality(x)]);
    volumes double precision[] := kernels.rolling_sum(volume, length);
begin
    for i in first..cardinality(x) loop
        r[i] := x[i] * volume[i];
    end loop;
    r := kernels.rolling_sum(r, length);
    for i in first + length - 1..cardinality(x) loop
        r[i] := r[i] / nullif(volumes[i], 0);
    end loop;
    return r;
end
$$;
comment on function kernels.vwma(double precision[], double precision[], integer) is
'Moving average of a series weighted by volume.';
