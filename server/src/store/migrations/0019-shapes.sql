-- What the requests of an endpoint look like when they are not the messages as they came: made by code
-- of its owner, in versions, or by a template. `variables` and `parameters` are sealed.
create table endpoint_shape (
  endpoint_id uuid primary key references endpoint,
  enabled boolean not null default false,
  -- Of transformation_version; null when there is no code.
  version integer,
  variables bytea,
  template text,
  parameters bytea,
  updated_at timestamptz not null default now()
);

create table transformation_version (
  endpoint_id uuid not null references endpoint,
  version integer not null,
  code text not null,
  created_at timestamptz not null default now(),
  primary key (endpoint_id, version)
);
