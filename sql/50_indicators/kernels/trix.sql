-- kernels.trix(x, length, signal_length) → trix: change from value to value of the threefold exponential average, in
-- percent of the one before, 0 where that is 0; each average is seeded with its own first values; signal: simple
-- average of trix.
-- Null: trix for 3 * length - 2 values, signal for signal_length - 1 more.
-- Source: Jack Hutson, Good Trix, Technical Analysis of Stocks and Commodities, 1983; TA-Lib TRIX.
-- needs: ema, sma, start

create function kernels.trix(
    x double precision[],
    length integer,
    signal_length integer,
    out trix double precision[],
    out signal double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    a double precision := 2::double precision / (length + 1);
    first integer := kernels.start(x) + 3 * (length - 1);
    head_1 double precision[] := kernels.ema(x[:first], length);  -- seed the averages
    head_2 double precision[] := kernels.ema(head_1, length);
    once double precision := head_1[first];
    twice double precision := head_2[first];
    thrice double precision := (kernels.ema(head_2, length))[first];
    before double precision;
begin
    trix := array_fill(null::double precision, array[cardinality(x)]);
    for i in first + 1..cardinality(x) loop
        before := thrice;
        once := once + a * (x[i] - once) + 1e-290 - 1e-290;  -- as in ema
        twice := twice + a * (once - twice) + 1e-290 - 1e-290;
        thrice := thrice + a * (twice - thrice) + 1e-290 - 1e-290;
        trix[i] := case when abs(before) < 1e-290 then 0 else 100 * ((thrice - before) / before) end;
    end loop;
    signal := kernels.sma(trix, signal_length);
end
$$;
comment on function kernels.trix(double precision[], integer, integer) is
'Change of the threefold exponential average of a series, in percent, and its signal.';
