-- kernels.pivots(high, low, close, session_date) → floor pivots of the session before, from its high, low and close:
-- pivot = (high + low + close) / 3
-- r1 = 2 * pivot - low, r2 = pivot + (high - low), r3 = high + 2 * (pivot - low)
-- s1 = 2 * pivot - high, s2 = pivot - (high - low), s3 = low - 2 * (high - pivot)
-- Null in the first session. Units: rupees.
-- Raises BH008 where a bar has no session_date.
-- Source: https://www.tradingview.com/support/solutions/43000521824/, there called Traditional.
-- needs: start

create function kernels.pivots(
    high double precision[],
    low double precision[],
    close double precision[],
    session_date date[],
    out pivot double precision[],
    out r1 double precision[],
    out r2 double precision[],
    out r3 double precision[],
    out s1 double precision[],
    out s2 double precision[],
    out s3 double precision[]
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close);
    last integer := cardinality(close);
    h double precision;  -- of the session so far
    l double precision;
    p double precision;  -- of the session before
    above_1 double precision;
    above_2 double precision;
    above_3 double precision;
    below_1 double precision;
    below_2 double precision;
    below_3 double precision;
begin
    if cardinality(session_date) is distinct from last or array_position(session_date, null) is not null then
        raise exception using
            errcode = 'BH008',
            message = 'a bar without a session_date',
            hint = 'give the trading day of each bar';
    end if;
    pivot := array_fill(null::double precision, array[last]);
    r1 := pivot;
    r2 := pivot;
    r3 := pivot;
    s1 := pivot;
    s2 := pivot;
    s3 := pivot;
    for i in first..last loop
        if session_date[i] <> session_date[i - 1] then
            p := (h + l + close[i - 1]) / 3;
            above_1 := 2 * p - l;
            above_2 := p + (h - l);
            above_3 := h + 2 * (p - l);
            below_1 := 2 * p - h;
            below_2 := p - (h - l);
            below_3 := l - 2 * (h - p);
            h := high[i];
            l := low[i];
        end if;
        h := greatest(h, high[i]);
        l := least(l, low[i]);
        pivot[i] := p;
        r1[i] := above_1;
        r2[i] := above_2;
        r3[i] := above_3;
        s1[i] := below_1;
        s2[i] := below_2;
        s3[i] := below_3;
    end loop;
end
$$;
comment on function kernels.pivots(double precision[], double precision[], double precision[], date[]) is
'Floor pivots of bars, from the session before.';
