-- indicators.reading_start(instrument_id, width, since, bars) → the opening of the latest trading session from which at
-- least that many bars of a width lie before since, if every minute trades. Null where the calendar ends before.
-- A closing auction is not counted: its bars are the last of its day.

create function indicators.reading_start(instrument_id integer, width interval, since timestamptz, bars integer)
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select s.opens_at
    from (
        select
            s.opens_at,
            sum(
                case
                    when reading_start.width >= interval '1 day' then 86400 / extract(epoch from reading_start.width)
                    else
                        ceil(
                            extract(epoch from least(s.closes_at, reading_start.since) - s.opens_at)
                            / extract(epoch from reading_start.width)
                        )
                end
            ) over (order by s.opens_at desc) as bars
        from market.sessions as s
        inner join market.instruments as i on i.segment = s.segment
        where i.id = reading_start.instrument_id and s.opens_at < reading_start.since and s.kind <> 'closing_auction'
    ) as s
    where s.bars >= reading_start.bars
    order by s.opens_at desc
    limit 1;
end;
comment on function indicators.reading_start(integer, interval, timestamptz, integer) is
'The opening of the trading session from which so many bars lie before an instant.';
