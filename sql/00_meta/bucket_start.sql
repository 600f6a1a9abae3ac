-- meta.bucket_start(width, at) → start of the bar of that width which holds the instant.
-- Below a day: bars start at 09:15 IST each day. Days run 01:15-01:15 IST, weeks start on Monday, months on the 1st.
-- Every stored timeframe divides the day from the same origin, so date_bin from 2000-01-02 19:45 UTC gives the same.

create or replace function meta.bucket_start(width interval, at timestamptz)
returns timestamptz
language sql
immutable
parallel safe
return case
    when not isfinite(at) then at
    when width < interval '1 day'
        then date_bin(width, at, date_bin('1 day', at, timestamptz '2000-01-02 19:45:00+00') + interval '8 hours')
    when width < interval '28 days'
        then date_bin(width, at, timestamptz '2000-01-02 19:45:00+00')
    else
        (date_trunc('month', (at at time zone 'Asia/Kolkata') - interval '75 minutes') + interval '75 minutes')
        at time zone 'Asia/Kolkata'
end;
comment on function meta.bucket_start(interval, timestamptz) is
'Start of the bar of a width that holds an instant: intraday from 09:15 IST, days from 01:15 IST, weeks from Monday.';
