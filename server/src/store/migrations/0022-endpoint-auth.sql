-- How the requests of an endpoint prove themselves beside Standard Webhooks (sealed, as one: nearly all of
-- it is secret), and whether their bodies are compressed.
alter table endpoint add column auth bytea;
alter table endpoint add column gzip boolean not null default false;
