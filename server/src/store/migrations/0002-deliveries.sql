-- Deliveries are listed by endpoint, newest message first. With the endpoint in front, the key of
-- pending_delivery serves that too: an index more would cost every delivery an entry.
alter table pending_delivery
  drop constraint pending_delivery_pkey,
  add primary key (endpoint_id, message_id, resend);

-- The endpoints that a message went to include deleted ones, which endpoint_list leaves out.
create index endpoint_of_application on endpoint (application_id, id);
