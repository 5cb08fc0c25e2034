// From endpoint to endpoint along the index of free rows, one probe each whatever lies behind it. `walk`
// has the first free run of each endpoint, `line` the first of each that is sent in order.

export const NIL = '00000000-0000-0000-0000-000000000000'
/** So that ten thousand endpoints cost no more at once than a thousand do. */
export const MAX_STEPS = 1_000

/** Begins behind the endpoint `$1`, and looks at `$2` endpoints of each kind. */
export const WALK_ENDPOINTS = `walk as (
    (select endpoint_id, due_at, 1 as step
       from pending_delivery
      where leased_by is null and placed_at is null and endpoint_id > $1
      order by endpoint_id, due_at limit 1)
    union all
    select next.endpoint_id, next.due_at, walk.step + 1
      from walk
     cross join lateral (
       select endpoint_id, due_at
         from pending_delivery
        where leased_by is null and placed_at is null and endpoint_id > walk.endpoint_id
        order by endpoint_id, due_at limit 1
     ) next
     where walk.step < $2
  ), line as (
    (select endpoint_id, message_id, placed_at, due_at, leased_by, 1 as step
       from pending_delivery
      where placed_at is not null and endpoint_id > $1
      order by endpoint_id, placed_at, message_id limit 1)
    union all
    select next.endpoint_id, next.message_id, next.placed_at, next.due_at, next.leased_by, line.step + 1
      from line
     cross join lateral (
       select endpoint_id, message_id, placed_at, due_at, leased_by
         from pending_delivery
        where placed_at is not null and endpoint_id > line.endpoint_id
        order by endpoint_id, placed_at, message_id limit 1
     ) next
     where line.step < $2
  )`

/** The same of the endpoints `$1`, and of no others. */
export const NAMED_ENDPOINTS = `walk as (
    select first.endpoint_id, first.due_at, 1 as step
      from unnest($1::uuid[]) as named (endpoint_id)
     cross join lateral (
       select endpoint_id, due_at
         from pending_delivery
        where leased_by is null and placed_at is null and endpoint_id = named.endpoint_id
        order by due_at limit 1
     ) first
  ), line as (
    select first.*, 1 as step
      from unnest($1::uuid[]) as named (endpoint_id)
     cross join lateral (
       select endpoint_id, message_id, placed_at, due_at, leased_by
         from pending_delivery
        where placed_at is not null and endpoint_id = named.endpoint_id
        order by placed_at, message_id limit 1
     ) first
  )`
