-- indicators.reading_start(instrument_id, width, since, bars) → the opening of the latest trading session from which at
-- least that many bars of a width lie before since, if every minute trades. Null where the calendar ends before.
-- A closing auction is not counted: its bars are the last of its day. Few sessions are shorter than an hour, so as many
-- are looked at as would hold the bars if all were an hour long.

create function indicators.reading_start(instrument_id integer, width interval, since timestamptz, bars integer)
returns timestamptz
language sql
stable
parallel safe
begin atomic
    with latest as (
        select
            s.opens_at,
            date_part('epoch', least(s.closes_at, reading_start.since) - s.opens_at) as seconds  -- extract() is numeric
        from market.sessions as s
        where
            s.segment = (  -- a join would read all of them
                select i.segment
                from market.instruments as i
                where i.id = reading_start.instrument_id
            )
            and s.opens_at < reading_start.since
            and s.kind <> 'closing_auction'
        order by s.opens_at desc
        limit 2 + ceil(
            reading_start.bars * date_part('epoch', reading_start.width)
            / case when reading_start.width >= interval '1 day' then 86400 else 3600 end
        )
    ),

    counted as (
        select
            l.opens_at,
            sum(
                case
                    when reading_start.width >= interval '1 day' then 86400 / date_part('epoch', reading_start.width)
                    else ceil(l.seconds / date_part('epoch', reading_start.width))
                end
            ) over (order by l.opens_at desc) as bars
        from latest as l
    )

    select c.opens_at
    from counted as c
    where c.bars >= reading_start.bars
    order by c.opens_at desc
    limit 1;
end;
comment on function indicators.reading_start(integer, interval, timestamptz, integer) is
'The opening of the trading session from which so many bars lie before an instant.';
