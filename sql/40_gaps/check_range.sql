-- gaps.check_range(since, until): raises BH005 when until lies before since or one of them is null.

create function gaps.check_range(since timestamptz, until timestamptz)
returns void
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if (since <= until) is not true then
        raise exception using
            errcode = 'BH005',
            message = format('no range of time: from %s to %s', coalesce(since::text, 'null'), coalesce(until::text, 'null')),
            hint = 'since comes first, until is exclusive';
    end if;
end
$$;
comment on function gaps.check_range(timestamptz, timestamptz) is 'Raises BH005 unless since and until are a range.';
