-- POST requests that carried an Idempotency-Key, for a day. `key` stands for the caller, the path and
-- the header together; the row is written in the transaction of what the request did.
create table idempotent_request (
  key uuid primary key,
  body_hash uuid not null,
  -- Of an accepted message the answer is made from the message; of others it is kept here, sealed.
  message_id uuid,
  status smallint,
  answer bytea,
  created_at timestamptz not null default now()
);
create index idempotent_request_age on idempotent_request (created_at);
