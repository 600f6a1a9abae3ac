-- gaps.kept_since(relation) → the first trading day of which a relation of meta.retention ('tick_data', '1m' … '1d')
-- keeps everything for a day or more: what is written before it would be dropped again. -infinity: for ever.

create function gaps.kept_since(relation text)
returns timestamptz
language sql
stable
parallel safe
begin atomic
    select
        case
            when r.keep is null then h.horizon
            else
                meta.bucket_start('1 day', greatest(h.horizon, meta.now() - r.keep) - interval '1 microsecond')
                + interval '24 hours'
        end
    from meta.retention as r
    inner join meta.horizon as h on h.relation = r.relation
    where r.relation = kept_since.relation;
end;
comment on function gaps.kept_since(text) is
'The first trading day of which a relation keeps everything: nothing older is asked of a broker.';
