-- Endpoints that an integration platform made for its user: they end when their receiver is gone.
alter table endpoint add column hook boolean not null default false;

create index endpoint_hooks on endpoint (application_id, id) where hook and deleted_at is null;
