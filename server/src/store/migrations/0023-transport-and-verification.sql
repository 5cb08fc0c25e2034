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

-- Endpoints whose URL has to show that it wants messages before it gets any; the row goes when it did.
create table endpoint_verification (
  endpoint_id uuid primary key references endpoint,
  -- SHA-256 of what has to come back; null before the first one is on its way.
  challenge bytea,
  asked_at timestamptz,
  expires_at timestamptz,
  -- Why it did not come back.
  problem text,
  -- What its owner wants it to be then.
  disabled boolean not null
);
