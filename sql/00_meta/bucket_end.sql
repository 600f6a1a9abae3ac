-- meta.bucket_end(width, bucket) → where the bar that starts at bucket ends. Months by the IST calendar.
-- A day is '24 hours', as in meta.timeframes: where width counts days, the end depends on TimeZone.
-- needs: bucket_start

create or replace function meta.bucket_end(width interval, bucket timestamptz)
returns timestamptz
language sql
immutable
parallel safe
return case
    when width < interval '28 days' then bucket + width
    else meta.bucket_start(width, bucket + interval '768 hours')
end;
comment on function meta.bucket_end(interval, timestamptz) is 'End of the bar of a width that starts at bucket.';
