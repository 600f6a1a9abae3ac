-- View data_quality: gaps.quality() of every followed instrument on every day of which all ticks are kept. For a few
-- days or instruments ask gaps.quality(), which reads no more than these.
-- needs: quality

create view gaps.data_quality as
select
    q.instrument_id,
    q.symbol,
    q.session_date,
    q.completeness,
    q.expected_minutes,
    q.missing_minutes,
    q.longest_gap,
    q.repaired_minutes,
    q.feed_uptime,
    q.late,
    q.duplicates,
    q.volume_falls,
    q.offsession,
    q.rejected
from gaps.quality() as q;
comment on view gaps.data_quality is
'Per followed instrument and trading day: completeness, gaps, repairs, feed uptime and what happened to ticks.';
