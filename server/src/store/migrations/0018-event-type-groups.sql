-- The groups that a type is in, as endpoints name them: lead.* and lead.status.* of lead.status.update.
-- Accepting has them from the one who asks; this is for the statements that few wait for.
create function event_type_groups(event_type text) returns text[]
language sql immutable parallel safe as $$
  select array_agg(array_to_string(parts[:n], '.') || '.*')
    from (select string_to_array(event_type, '.') as parts) split,
         generate_series(1, cardinality(parts) - 1) as n
$$;
