-- grafana.bar_time(bucket, timeframe) → where a chart draws a bar: those of a day or more at 00:00 IST, the others at
-- their start. timeframe is a canonical name.

create function grafana.bar_time(bucket timestamptz, timeframe text)
returns timestamptz
language sql
immutable
parallel safe
return case when timeframe in ('1d', '1w', '1M') then bucket - interval '75 minutes' else bucket end;
comment on function grafana.bar_time(timestamptz, text) is
'Where a chart draws a bar: of a day or more at 00:00 IST, any other at its start.';
