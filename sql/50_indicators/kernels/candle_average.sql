-- kernels.candle_average(x, y, i, length) → mean distance of x and y over the bars before the bar i; length is 5 or 10.
-- The sum is taken from the oldest bar to the newest: it has the same rounding wherever the series begins.
-- Written out, it is inlined in the loops of the patterns, and faster than a loop over the window or arrays of sums.

create function kernels.candle_average(
    x double precision[],
    y double precision[],
    i integer,
    length integer
)
returns double precision
language sql
immutable
parallel safe
return (
    case
        when candle_average.length = 10
            then
                abs(candle_average.x[candle_average.i - 10] - candle_average.y[candle_average.i - 10])
                + abs(candle_average.x[candle_average.i - 9] - candle_average.y[candle_average.i - 9])
                + abs(candle_average.x[candle_average.i - 8] - candle_average.y[candle_average.i - 8])
                + abs(candle_average.x[candle_average.i - 7] - candle_average.y[candle_average.i - 7])
                + abs(candle_average.x[candle_average.i - 6] - candle_average.y[candle_average.i - 6])
        else 0
    end
    + abs(candle_average.x[candle_average.i - 5] - candle_average.y[candle_average.i - 5])
    + abs(candle_average.x[candle_average.i - 4] - candle_average.y[candle_average.i - 4])
    + abs(candle_average.x[candle_average.i - 3] - candle_average.y[candle_average.i - 3])
    + abs(candle_average.x[candle_average.i - 2] - candle_average.y[candle_average.i - 2])
    + abs(candle_average.x[candle_average.i - 1] - candle_average.y[candle_average.i - 1])
) / candle_average.length;
comment on function kernels.candle_average(double precision[], double precision[], integer, integer) is
'Mean distance of two series over the 5 or 10 bars before one.';
