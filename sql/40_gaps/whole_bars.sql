-- gaps.whole_bars(ranges, width) → the bars of a width that the ranges touch. Null without ranges.

create function gaps.whole_bars(ranges tstzmultirange, width interval)
returns tstzmultirange
language sql
immutable
parallel safe
begin atomic
    select
        range_agg(
            tstzrange(
                meta.bucket_start(whole_bars.width, lower(r.part)),
                meta.bucket_end(
                    whole_bars.width, meta.bucket_start(whole_bars.width, upper(r.part) - interval '1 microsecond')
                )
            )
        )
    from unnest(whole_bars.ranges) as r (part);
end;
comment on function gaps.whole_bars(tstzmultirange, interval) is 'The bars of a width that ranges touch.';
