-- grafana.gap_annotations(symbol, timeframe, since, until) → where a chart of the instrument lacks something, as
-- annotations: the bars from time to timeend, and a text that says how many minutes of trading are missing and what
-- becomes of them. Bars that touch, or have no trading between them, are one annotation.
-- Asks for what is missing (gaps.want()), once for the whole range: the charts beside it need not. Nothing is shown
-- that is no longer kept at that timeframe. No rows for an unknown symbol or timeframe ('auto': by the range) or a
-- range that ends before it starts.
-- needs: bar_time, timeframe

create function grafana.gap_annotations(symbol text, timeframe text, since timestamptz, until timestamptz)
returns table ("time" timestamptz, timeend timestamptz, text text)  -- noqa: RF06
language sql
stable
parallel restricted
begin atomic
    with asked as materialized (
        select
            i.id,
            i.segment,
            f.timeframe,
            f.width,
            s.timeframe as stored,
            s.ordinal,
            greatest(gap_annotations.since, gaps.kept_since(s.timeframe)) as since
        from market.instruments as i
        cross join
            lateral grafana.timeframe(
                gap_annotations.timeframe, gap_annotations.since, gap_annotations.until
            ) as t (timeframe)
        inner join meta.timeframes as f on f.timeframe = t.timeframe
        inner join meta.timeframes as s on s.timeframe = gaps.stored_timeframe(f.timeframe)
        where i.symbol = gap_annotations.symbol
    ),

    holes as materialized (
        select
            a.*,
            m.missing,
            gaps.whole_bars(m.missing, a.width) as bars,
            gaps.want(a.id, meta.bucket_start(a.width, a.since), gap_annotations.until, a.timeframe) as is_wanted
        from asked as a
        cross join
            lateral gaps.missing(array[a.id], a.since, gap_annotations.until, a.timeframe) as m
        where a.since < gap_annotations.until and not isempty(m.missing)
    ),

    shown as (
        select
            h.*,
            p.part,
            h.bars * tstzmultirange(p.part) as part_bars,
            h.missing * tstzmultirange(p.part) as part_missing
        from holes as h
        cross join
            lateral unnest(
                h.bars + (
                    tstzmultirange(tstzrange(lower(h.bars), upper(h.bars)))
                    - coalesce(
                        (
                            select t.trading
                            from gaps.trading_time(lower(h.bars), upper(h.bars)) as t
                            where t.segment = h.segment
                        ),
                        '{}'
                    )
                )
            ) as p (part)
        where p.part && h.bars
    )

    select
        grafana.bar_time(lower(s.part_bars), s.timeframe) as time,
        grafana.bar_time(upper(s.part_bars), s.timeframe) as timeend,
        concat(
            (
                select round(sum(extract(epoch from upper(g.gap) - lower(g.gap))) / 60)
                from unnest(s.part_missing) as g (gap)
            ),
            ' min missing',
            coalesce(
                case q.status
                    when 'queued' then ': waits for the broker'
                    when 'running' then ': being filled'
                    when 'failed' then ': not filled, ' || coalesce(q.error, q.fault)
                    when 'done' then ': the broker''s answer left it open'
                end,
                case when s.is_wanted then ': asked for' end
            )
        ) as text
    from shown as s
    left join lateral (
        select
            r.status,
            r.error,
            r.fault
        from ledger.backfill_requests as r
        inner join meta.timeframes as f on f.timeframe = r.timeframe
        where r.instrument_id = s.id and f.ordinal <= s.ordinal and r.ranges && s.part_missing
        order by r.id desc
        limit 1
    ) as q on true
    order by lower(s.part_bars);
end;
comment on function grafana.gap_annotations(text, text, timestamptz, timestamptz) is
'Where a chart lacks something and what becomes of it, as annotations; asks for what is missing.';
