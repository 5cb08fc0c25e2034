-- How endpoints are spoken to that want more than what everyone gets: certificates of our own and of
-- theirs, and the version of HTTP. `private_key` is sealed.
create table endpoint_transport (
  endpoint_id uuid primary key references endpoint,
  http_version text not null,
  certificate text,
  private_key bytea,
  trusted_certificates text,
  trust_system boolean not null,
  updated_at timestamptz not null default now()
);
