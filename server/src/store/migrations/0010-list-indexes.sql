-- What lists look for most: an event type, and what did not succeed. Whatever else is rare is looked
-- for along these or the lists' own indexes, a bounded way a page (store/walk.ts).
create index message_by_type on message (application_id, event_type, id);

-- Partial: a delivery that succeeds costs them nothing.
create index attempt_failed on attempt (endpoint_id, id) where not succeeded;
create index attempt_unusual on attempt (endpoint_id, (coalesce(response_status, 0) / 100), id)
  where coalesce(response_status, 0) / 100 <> 2;
create index finished_delivery_unsuccessful on finished_delivery (endpoint_id, status, message_id)
  where status <> 1;
