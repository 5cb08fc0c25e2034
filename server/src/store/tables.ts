// Row types of the tables that Kysely queries. The hot statements in statements/ have their own.
import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'
import type { Capability, Scope } from '../domain/access.ts'
import type { BinRule } from '../domain/bin.ts'
import type { ACTOR_KINDS, Fields, TargetKind } from '../domain/change.ts'
import type { EnvironmentSettings, SchemaPolicy } from '../domain/environment-settings.ts'
import type { SourceSettings } from '../domain/source.ts'
import type { Field } from '../domain/templates/template.ts'
import type { HttpVersion } from '../domain/transport.ts'

type Timestamp = ColumnType<Date, Date | undefined, Date>
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>
/** What may be left out of an insert. */
type Optional<Value> = ColumnType<Value | null, Value | null | undefined, Value | null>
type Metadata = JSONColumnType<Record<string, string>>

export type Tables = {
  environment: {
    id: string
    name: string
    settings: JSONColumnType<Partial<EnvironmentSettings>, string | undefined>
    created_at: Timestamp
    updated_at: Timestamp
  }
  api_key: {
    id: string
    environment_id: string
    name: string
    hash: Buffer
    hint: string
    scope: Scope
    created_at: Timestamp
    expires_at: NullableTimestamp
    revoked_at: NullableTimestamp
  }
  application_token: {
    id: string
    environment_id: string
    application_id: string
    hash: Buffer
    capabilities: Capability[]
    feature_flags: string[]
    session_id: string | null
    created_at: Timestamp
    expires_at: Timestamp
    revoked_at: NullableTimestamp
  }
  application: {
    id: string
    environment_id: string
    uid: string | null
    name: string
    throttle_rate: number | null
    metadata: Metadata
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: NullableTimestamp
    operational: GeneratedAlways<boolean>
  }
  event_type: {
    environment_id: string
    name: string
    description: string
    archived: Generated<boolean>
    deprecated: Generated<boolean>
    /** Read as text, never through JavaScript's numbers. */
    schemas: string | null
    feature_flags: string[] | null
    group_name: string | null
    schema_policy: SchemaPolicy | null
    retry_schedule: Generated<number[] | null>
    created_at: Timestamp
    updated_at: Timestamp
  }
  endpoint: {
    id: string
    application_id: string
    uid: string | null
    url: string
    credentials: Buffer | null
    headers: Buffer | null
    description: string
    disabled: boolean
    disabled_reason: string | null
    event_types: string[] | null
    channels: string[] | null
    throttle_rate: number | null
    retry_schedule: number[] | null
    fifo: Generated<boolean>
    hook: Generated<boolean>
    disable_after_failures: number | null
    metadata: Metadata
    version: number
    revision: Generated<number>
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: NullableTimestamp
    filter: JSONColumnType<object | null, string | null | undefined, string | null>
    filter_segments: Optional<string[]>
    auth: Optional<Buffer>
    gzip: Generated<boolean>
  }
  endpoint_transport: {
    endpoint_id: string
    http_version: HttpVersion
    certificate: Optional<string>
    private_key: Optional<Buffer>
    trusted_certificates: Optional<string>
    trust_system: boolean
    updated_at: Timestamp
  }
  hook_url: {
    id: string
    application_id: string
    hash: Buffer
    description: string
    feature_flags: string[]
    created_at: Timestamp
  }
  endpoint_verification: {
    endpoint_id: string
    challenge: Optional<Buffer>
    asked_at: NullableTimestamp
    expires_at: NullableTimestamp
    problem: Optional<string>
    disabled: boolean
  }
  endpoint_shape: {
    endpoint_id: string
    enabled: Generated<boolean>
    version: Optional<number>
    variables: Optional<Buffer>
    template: Optional<string>
    own_template: Optional<string>
    parameters: Optional<Buffer>
    updated_at: Timestamp
  }
  template: {
    id: string
    environment_id: string
    name: string
    version: number
    title: string
    about: string
    created_at: Timestamp
    updated_at: Timestamp
  }
  template_version: {
    template_id: string
    version: number
    fields: JSONColumnType<Field[]>
    code: string
    created_at: Timestamp
  }
  transformation_version: {
    endpoint_id: string
    version: number
    code: string
    created_at: Timestamp
  }
  segment: {
    environment_id: string
    application_id: string | null
    name: string
    description: string
    filter: JSONColumnType<object>
    created_at: Timestamp
    updated_at: Timestamp
  }
  endpoint_secret: {
    id: string
    endpoint_id: string
    kind: 'hmac' | 'ed25519'
    sealed: Buffer
    created_at: Timestamp
    expires_at: NullableTimestamp
  }
  endpoint_health: { endpoint_id: string; first_exhausted_at: Date; failures: Generated<number> }
  message: {
    id: string
    application_id: string
    event_type: string
    event_id: string | null
    channels: string[] | null
    tags: string[] | null
    payload: Buffer | null
    content_type: string | null
    payload_expires_at: Date
    deliver_at: NullableTimestamp
    headers: JSONColumnType<[string, string][] | null, string | null, string | null>
    schema_error: string | null
    transformations_params: JSONColumnType<object | null, string | null | undefined, string | null>
  }
  poller: {
    id: string
    application_id: string
    uid: string | null
    description: string
    event_types: string[] | null
    channels: string[] | null
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: NullableTimestamp
  }
  poller_consumer: { poller_id: string; name: string; position: string; updated_at: Timestamp }
  poller_token: {
    id: string
    poller_id: string
    hash: Buffer
    sealed: Buffer
    created_at: Timestamp
    expires_at: NullableTimestamp
    is_current: boolean
  }
  pending_delivery: {
    message_id: string
    endpoint_id: string
    resend: Generated<string>
    attempts: Generated<number>
    due_at: Date
    leased_by: string | null
    placed_at: Date | null
  }
  finished_delivery: {
    message_id: string
    endpoint_id: string
    status: number
    reason: string | null
    attempts: number
    finished_at: Timestamp
    rule: string | null
  }
  attempt: {
    id: string
    message_id: string
    endpoint_id: string
    resend: string
    succeeded: boolean
    url: string
    request_headers: JSONColumnType<string[] | Record<string, string>> | null
    response_status: number | null
    response_headers: JSONColumnType<[string, string][]> | null
    response_body: Buffer | null
    expunged: Generated<boolean>
    failure_code: string | null
    failure_detail: string | null
    failure_message: string | null
    operator_note: string | null
    duration_ms: number
  }
  idempotent_request: {
    key: string
    body_hash: string
    message_id: string | null
    status: number | null
    answer: Buffer | null
    created_at: Timestamp
  }
  background_task: {
    id: string
    environment_id: string
    kind: string
    parameters: JSONColumnType<object>
    cursor: JSONColumnType<Record<string, string> | null, string | null, string | null>
    data: JSONColumnType<Record<string, unknown>, string | undefined>
    status: Generated<string>
    due_at: Timestamp
    leased_by: string | null
    failures: Generated<number>
    created_at: Timestamp
    updated_at: Timestamp
  }
  fifo_turn: { endpoint_id: string; turn: string }
  rate_limit: { id: string; next_at: Date; limited_since: Date | null }
  audit_log: {
    id: string
    environment_id: string
    actor_kind: (typeof ACTOR_KINDS)[number]
    actor_id: string | null
    session_id: string | null
    request_id: string | null
    operation: string
    target_kind: TargetKind
    target_id: string | null
    target_uid: string | null
    application_id: string | null
    before: JSONColumnType<Fields | null, string | null, string | null>
    after: JSONColumnType<Fields | null, string | null, string | null>
  }
  source: {
    id: string
    environment_id: string
    application_id: string
    uid: string | null
    name: string
    settings: JSONColumnType<SourceSettings>
    verify_token: Buffer | null
    token_hash: Buffer
    token: Buffer
    paused: Generated<boolean>
    disabled: Generated<boolean>
    connected_at: NullableTimestamp
    created_at: Timestamp
    updated_at: Timestamp
    deleted_at: NullableTimestamp
  }
  bin: {
    id: string
    environment_id: string
    name: string
    rules: JSONColumnType<BinRule[]>
    answered: JSONColumnType<Record<string, number>, string | undefined>
    endpoint_id: Optional<string>
    token_hash: Buffer
    token: Buffer
    last_seq: Generated<string>
    created_at: Timestamp
    updated_at: Timestamp
    expires_at: Date
    listens_to: string | null
  }
  bin_share: {
    id: string
    bin_id: string
    capture_id: string | null
    token_hash: Buffer
    hide_bodies: boolean
    created_at: Timestamp
    expires_at: Date
  }
  source_secret: {
    id: string
    source_id: string
    sealed: Buffer
    hint: string
    captured: Generated<boolean>
    created_at: Timestamp
    expires_at: NullableTimestamp
  }
  setting: { name: string; value: string }
}
