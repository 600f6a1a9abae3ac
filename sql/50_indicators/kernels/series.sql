-- kernels.series: values of bars in order of time, the parameter of kernels.start(), which takes any number of them. A
-- type of its own, as PostgreSQL has no arrays of arrays of different lengths.

create domain kernels.series as double precision[];
comment on domain kernels.series is 'Values of bars in order of time.';
