-- What a message brings along for the code that makes its requests. Goes when its payload goes.
alter table message add column transformations_params json;

-- Templates that operators add to the ones that are built in, for all applications of an environment.
-- `version` is that of the form and the code in use; older ones are kept for going back.
create table template (
  id uuid primary key,
  environment_id uuid not null references environment,
  name text collate "C" not null,
  version integer not null,
  title text not null,
  about text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (environment_id, name)
);

create table template_version (
  template_id uuid not null references template on delete cascade,
  version integer not null,
  fields json not null,
  code text not null,
  created_at timestamptz not null default now(),
  primary key (template_id, version)
);

-- Which of them an endpoint uses; `template` names a built-in one.
alter table endpoint_shape
  add column own_template uuid references template,
  add check (template is null or own_template is null);
create index endpoint_shape_own_template on endpoint_shape (own_template) where own_template is not null;
