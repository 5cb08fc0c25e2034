-- Nodes look for endpoints that others have changed; see delivery/changed-endpoints.ts.
create index endpoint_changes on endpoint (updated_at);
