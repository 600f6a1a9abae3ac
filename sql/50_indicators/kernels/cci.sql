-- kernels.cci(high, low, close, length) → commodity channel index: how far the typical price, (high + low + close) / 3,
-- lies from its mean over length bars, in units of 0.015 mean absolute deviations from that mean. 0 where it stands
-- still, as in TA-Lib: deviations below 1e-12 of the mean are rounding. Null for the first length - 1 bars.
-- Source: Donald Lambert, Commodity Channel Index, Commodities, October 1980; TA-Lib CCI.
-- needs: sma, start

create function kernels.cci(
    high double precision[],
    low double precision[],
    close double precision[],
    length integer
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    typical double precision[] := array_fill(null::double precision, array[last]);
    means double precision[];
    mean double precision;
    deviation double precision;
    rest integer := length % 4;  -- values that four at a time leave over
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    for i in first..last loop
        typical[i] := (high[i] + low[i] + close[i]) / 3;
    end loop;
    means := kernels.sma(typical, length);
    for i in first + length - 1..last loop
        mean := means[i];
        deviation := 0;
        for j in i - length + 1..i - length + rest loop
            deviation := deviation + abs(typical[j] - mean);
        end loop;
        for j in i - length + rest + 1..i by 4 loop
            deviation := deviation + abs(typical[j] - mean) + abs(typical[j + 1] - mean)
                + abs(typical[j + 2] - mean) + abs(typical[j + 3] - mean);
        end loop;
        deviation := deviation / length;
        r[i] := case when deviation <= 1e-12 * abs(mean) then 0 else (typical[i] - mean) / (0.015 * deviation) end;
    end loop;
    return r;
end
$$;
comment on function kernels.cci(double precision[], double precision[], double precision[], integer) is
'Commodity channel index of bars.';
