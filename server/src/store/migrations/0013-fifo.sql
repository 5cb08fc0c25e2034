-- An endpoint that wants its messages one after the other. Its deliveries have a place in order: when
-- they were accepted, or when they are to be sent. Null has none: of other endpoints, and of resends.
alter table endpoint add column fifo boolean not null default false;
alter table pending_delivery add column placed_at timestamptz;

-- What has a place is found by it, never by when it is due: only the first may be sent.
drop index pending_delivery_due;
create index pending_delivery_due on pending_delivery (endpoint_id, due_at)
 where leased_by is null and placed_at is null;
create index pending_delivery_place on pending_delivery (endpoint_id, placed_at, message_id)
 where placed_at is not null;
-- One at a time, whatever else goes wrong.
create unique index pending_delivery_in_hand on pending_delivery (endpoint_id)
 where placed_at is not null and leased_by is not null;

-- Counts claims of an endpoint's first: one that did not see the claim before it takes nothing.
create table fifo_turn (
  endpoint_id uuid primary key,
  turn bigint not null
) with (fillfactor = 50);
