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

-- URLs that let an integration platform subscribe for one application, for those that can send no token.
-- Only the SHA-256 of the token in them is kept; a revoked one is gone.
create table hook_url (
  id uuid primary key,
  application_id uuid not null references application,
  hash bytea not null unique,
  description text not null,
  feature_flags text[] not null,
  created_at timestamptz not null default now()
);
create index hook_url_application on hook_url (application_id, id);
