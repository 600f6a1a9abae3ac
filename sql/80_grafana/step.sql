-- grafana.step(since, until) → width of the steps in which what the daemon reported is summed: about 200 in a range,
-- but no shorter than three of its reports, which come every 5 s. Null for a range without an end.

create function grafana.step(since timestamptz, until timestamptz)
returns interval
language sql
immutable
parallel safe
return case
    when isfinite(since) and isfinite(until)
        then make_interval(secs => greatest(ceil(extract(epoch from until - since) / 200), 15)::double precision)
end;
comment on function grafana.step(timestamptz, timestamptz) is
'Width of the steps in which a range of ingest statistics is summed: about 200 of them.';
