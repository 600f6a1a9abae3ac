-- kernels.vwap(high, low, close, volume, session_date) → volume weighted average price: over the bars of the session
-- so far, the sum of typical price (high + low + close) / 3 times volume over the sum of volume. Null while the session
-- has no volume. Units: rupees.
-- Raises BH008 where a bar has no session_date.
-- Source: https://www.tradingview.com/support/solutions/43000502018/
-- needs: start

create function kernels.vwap(
    high double precision[],
    low double precision[],
    close double precision[],
    volume double precision[],
    session_date date[]
)
returns double precision[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    first integer := kernels.start(high, low, close, volume);
    last integer := cardinality(close);
    money double precision := 0;
    volumes double precision := 0;
    r double precision[] := array_fill(null::double precision, array[last]);
begin
    if cardinality(session_date) is distinct from last or array_position(session_date, null) is not null then
        raise exception using
            errcode = 'BH008',
            message = 'a bar without a session_date',
            hint = 'give the trading day of each bar';
    end if;
    for i in first..last loop
        if session_date[i] <> session_date[i - 1] then
            money := 0;
            volumes := 0;
        end if;
        money := money + (high[i] + low[i] + close[i]) / 3 * volume[i];
        volumes := volumes + volume[i];
        r[i] := money / nullif(volumes, 0);
    end loop;
    return r;
end
$$;
comment on function kernels.vwap(
    double precision[], double precision[], double precision[], double precision[], date[]
) is 'Volume weighted average price of bars, from the first of each session.';
