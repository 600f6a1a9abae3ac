-- kernels.ichimoku(high, low, conversion_length, base_length, span_length) → conversion and base: the middle of the
-- highest high and the lowest low of that many bars; span_a: the middle of conversion and base; span_b: the middle of
-- the range of span_length bars. The spans stand where a chart draws them: at a bar are those computed base_length - 1
-- bars before it (TradingView's offset). Null before there are bars for them. Units: rupees.
-- Source: Goichi Hosoda, 1969; https://www.tradingview.com/support/solutions/43000589152/
-- needs: start, highest, lowest

create function kernels.ichimoku(
    high double precision[],
    low double precision[],
    conversion_length integer,
    base_length integer,
    span_length integer,
    out conversion double precision[],
    out base double precision[],
    out span_a double precision[],
    out span_b double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    last integer := cardinality(high);
    ahead integer;
    conversion_lows double precision[] := kernels.lowest(low, conversion_length);
    base_lows double precision[] := kernels.lowest(low, base_length);
    span_lows double precision[] := kernels.lowest(low, span_length);
    span_highs double precision[] := kernels.highest(high, span_length);
begin
    conversion := kernels.highest(high, conversion_length);
    base := kernels.highest(high, base_length);
    span_a := array_fill(null::double precision, array[last]);
    span_b := span_a;
    for i in kernels.start(high, low)..last loop
        conversion[i] := (conversion[i] + conversion_lows[i]) / 2;
        base[i] := (base[i] + base_lows[i]) / 2;
        ahead := i + base_length - 1;
        if ahead <= last then
            span_a[ahead] := (conversion[i] + base[i]) / 2;
            span_b[ahead] := (span_highs[i] + span_lows[i]) / 2;
        end if;
    end loop;
end
$$;
comment on function kernels.ichimoku(double precision[], double precision[], integer, integer, integer) is
'Ichimoku''s conversion and base lines and leading spans of bars.';
