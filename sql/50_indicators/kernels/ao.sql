-- kernels.ao(high, low, fast_length, slow_length) → awesome oscillator: simple average of the middle of the bar over
-- fast_length bars less that over slow_length. Less than 1e-12 of the middle is rounding, and 0. Null for the first
-- slow_length - 1 bars. Units: rupees.
-- Source: Bill Williams, New Trading Dimensions, 1998; TradingView Awesome Oscillator.
-- needs: sma, start

create function kernels.ao(
    high double precision[],
    low double precision[],
    fast_length integer,
    slow_length integer
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low);
    last integer := cardinality(high);
    difference double precision;
    middle double precision[] := array_fill(null::double precision, array[last]);
    fast double precision[];
    r double precision[];
begin
    for i in first..last loop
        middle[i] := (high[i] + low[i]) / 2;
    end loop;
    fast := kernels.sma(middle, fast_length);
    r := kernels.sma(middle, slow_length);
    for i in first + slow_length - 1..last loop
        difference := fast[i] - r[i];
        r[i] := case when abs(difference) <= 1e-12 * abs(middle[i]) then 0 else difference end;
    end loop;
    return r;
end
$$;
comment on function kernels.ao(double precision[], double precision[], integer, integer) is
'Awesome oscillator of bars.';
