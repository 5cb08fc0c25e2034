// Made from openapi.json by sdk/emit-types.ts (npm run openapi). Do not edit.

export type ApiTokenOut = { id: string; token: string; name: string | null; createdAt: string; expiresAt: string | null; scopes: string[] | null }

export type ApplicationIn = { name: string; uid?: string | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined }

export type ApplicationListOut = { data: ApplicationOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type ApplicationOut = { id: string; name: string; uid?: string | undefined; throttleRate: number | null; rateLimit?: number | undefined; metadata: Record<string, string>; createdAt: string; updatedAt: string }

export type ApplicationPatch = { name?: string | undefined; uid?: string | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined }

export type ApplicationSegmentListOut = { data: SegmentOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type AuditLogListOut = { data: ChangeOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type AuthenticationAppPortalAccessIn = { featureFlags?: string[] | null | undefined; capabilities?: ("ViewBase" | "ViewEndpointSecret" | "ManageEndpointSecret" | "ManageTransformations" | "CreateAttempts" | "ManageEndpoint")[] | null | undefined; readOnly?: boolean | null | undefined; expiry?: number | null | undefined; sessionId?: string | null | undefined; application?: ApplicationIn | null | undefined }

export type AuthenticationAppPortalAccessOut = { url: string; token: string }

export type AuthenticationExpireAllIn = { expiry?: number | null | undefined; sessionIds?: string[] | null | undefined }

export type AuthenticationRotatePollerTokenIn = { expiry?: number | null | undefined; oldTokenExpiry?: number | undefined }

export type AuthenticationWhoamiOut = { envId: string; appId: string | null; permissionSource: "Unknown"; sessionId: string | null; scope: string | null; capabilities: string[] | null; featureFlags: string[] | null }

export type BackgroundTaskGetOut = { id: string; status: "running" | "finished" | "failed"; task: "endpoint.replay" | "endpoint.recover" | "application.stats" | "message.broadcast" | "sdk.generate" | "event-type.aggregate" | "application.purge_content" | "endpoint.bulk-replay"; updatedAt: string; data: Record<string, unknown> }

export type BackgroundTaskListOut = { data: BackgroundTaskGetOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type BinCreatedOut = { id: string; name: string; rules: ({ method: string | null; path: string | null; match: Record<string, unknown> | null; times: number | null; status: number; headers: Record<string, string>; body: string; delayMs: number; slowBodyMs: number; fault: "hang" | "reset" | "close" | "partial" | null; statuses: number[]; failureRate: number; seed: number; answered: number })[]; endpointId: string | null; lastSeq: number; listensTo: string | null; createdAt: string; updatedAt: string; expiresAt: string; url: string }

export type BinEndpointIn = { bin?: BinIn | undefined; endpoint?: { description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; channels?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** One message after the other, in the order they were accepted */ fifo?: boolean | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | null | undefined; secret?: string | null | undefined; headers?: Record<string, string> | null | undefined; auth?: EndpointAuthIn | null | undefined } | undefined }

export type BinIn = { name?: string | undefined; rules?: BinRuleIn[] | undefined; expiresInSeconds?: number | undefined }

export type BinListCapturesOut = { data: CaptureOut[] }

export type BinListOut = { data: BinOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type BinListSharesOut = { data: BinShareOut[] }

export type BinOut = { id: string; name: string; rules: ({ method: string | null; path: string | null; match: Record<string, unknown> | null; times: number | null; status: number; headers: Record<string, string>; body: string; delayMs: number; slowBodyMs: number; fault: "hang" | "reset" | "close" | "partial" | null; statuses: number[]; failureRate: number; seed: number; answered: number })[]; endpointId: string | null; lastSeq: number; listensTo: string | null; createdAt: string; updatedAt: string; expiresAt: string }

export type BinPatchCaptureIn = { pinned: boolean }

export type BinRuleIn = { method?: string | null | undefined; path?: string | null | undefined; /** A filter (docs/filters.md) over payload, method, path, query, headers, body */ match?: Record<string, unknown> | null | undefined; times?: number | null | undefined; status?: number | undefined; headers?: Record<string, string> | undefined; body?: string | undefined; delayMs?: number | undefined; slowBodyMs?: number | undefined; /** hang: no answer for a minute; reset: a TCP reset; close: the end without an answer; partial: half of the body */ fault?: "hang" | "reset" | "close" | "partial" | null | undefined; statuses?: number[] | undefined; failureRate?: number | undefined; seed?: number | undefined }

export type BinShareCreatedOut = { id: string; captureId: string | null; hideBodies: boolean; createdAt: string; expiresAt: string; token: string; url: string }

export type BinShareIn = { /** Only this capture; else all of them */ captureId?: string | null | undefined; hideBodies?: boolean | undefined; expiresInSeconds?: number | undefined }

export type BinShareOut = { id: string; captureId: string | null; hideBodies: boolean; createdAt: string; expiresAt: string }

export type BinUrlOut = { token: string; url: string }

export type CaptureAnswerIn = { status?: number | undefined; headers?: ([string, string])[] | undefined; body?: string | undefined; failure?: string | undefined }

export type CaptureAnswerOut = { relayed: boolean }

export type CaptureAssertIn = { /** The number of the last capture before */ after?: number | undefined; /** Seconds */ timeout?: number | undefined; method?: string | undefined; /** A part of it */ target?: string | undefined; /** A filter (docs/filters.md) over payload, method, path, query, headers, body */ match?: Record<string, unknown> | null | undefined; atLeast?: number | undefined; atMost?: number | undefined }

export type CaptureAssertOut = { passed: boolean; message: string; matched: CaptureOut[]; others: ({ id: string; seq: number; method: string; target: string; because: string })[] }

export type CaptureCodeOut = { code: string }

export type CaptureDifferenceOut = { method: { from: string; to: string } | null; target: { from: string; to: string } | null; headers: ({ name: string; from: string[]; to: string[] })[]; body: { isSame: boolean; firstByte: number | null; json: ({ pointer: string; from?: string | undefined; to?: string | undefined })[] | null; isCut: boolean } }

export type CaptureOut = { id: string; seq: number; receivedAt: string; method: string; target: string; httpVersion: string; headers: ([string, string])[]; body: { size: number; sha256: string; base64: string }; remote: { address: string; port: number }; forwarded: { proto: "http" | "https" | null; address: string | null } | null; timing: { headMs: number; bodyMs: number }; answer: { status: number | null; rule: number | null; delayMs: number; fault: "hang" | "reset" | "close" | "partial" | null; relayed: boolean }; answerBy: string | null; pinned: boolean; provider: { name: string; title: string; variant: string | null; because: string[]; alsoPossible: string[] } | null; verdict: "valid" | "invalid" | "unsigned" | "no_secret" | "unknown_provider" | null }

export type CaptureReplayIn = { url: string; method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined; headers?: Record<string, string | null> | undefined; body?: string | undefined; /** Sign it anew, as its provider does, with a secret that is not kept */ sign?: { provider?: string | undefined; variant?: string | undefined; secret: string } | undefined }

export type CaptureReplayOut = { status: number | null; headers: ([string, string])[]; body: string; durationMs: number; failure: { code: string; message: string } | null }

export type CaptureVerdictOut = { verdict: "valid" | "invalid" | "unsigned" | "no_secret" | "unknown_provider"; provider: string | null; reason: string | null; skewSeconds: number | null; bodyAuthenticated: boolean; findings: ({ code: string; message: string; remedy?: string | undefined })[] }

export type CaptureVerifyIn = { /** Without one, those that the capture looks like it is from */ provider?: string | undefined; variant?: string | undefined; secret?: string | undefined; publicUrl?: string | undefined }

export type CatalogDifferenceOut = { format: "catalog" | "openapi" | "asyncapi" | "json-schemas"; dryRun: boolean; added: string[]; changed: ({ name: string; changes: ({ field: "description" | "archived" | "deprecated" | "schemas" | "featureFlags" | "groupName"; version: string | null; path: string[]; kind: "property_added" | "property_removed" | "required" | "optional" | "type" | "value" | "bound" | "form" | "closed" | "opened" | "alternative" | "rule" | "described"; message: string; breaks: ("senders" | "receivers")[] })[] })[]; unchanged: string[]; archived: string[]; breaking: boolean }

export type CatalogIn = { spec?: Record<string, unknown> | null | undefined; specRaw?: string | null | undefined; jsonSchemas?: Record<string, Record<string, unknown>> | null | undefined; dryRun?: boolean | null | undefined; archiveOthers?: boolean | null | undefined }

export type CatalogOut = { format: "catalog" | "openapi" | "asyncapi" | "typescript" | "markdown"; eventTypes: number; content: string }

export type CertificateOut = { subject: string; issuer: string; serialNumber: string; validFrom: string; validTo: string; fingerprint: string }

export type ChangeOut = { id: string; createdAt: string; operation: string; actor: { kind: "api-key" | "application-token" | "poller-token" | "hook-url" | "command" | "system"; id: string | null; sessionId: string | null }; requestId: string | null; target: { kind: "environment" | "application" | "endpoint" | "operational-endpoint" | "event-type" | "api-key" | "application-token" | "message" | "attempt" | "background-task" | "poller" | "source" | "bin" | "segment" | "template" | "hook-url"; id: string | null; uid: string | null }; applicationId: string | null; before: Record<string, unknown> | null; after: Record<string, unknown> | null }

export type Duration = { secs: number; nanos: number }

export type EndpointAnswerChallengeIn = { challenge: string }

export type EndpointAuthIn = { basic?: { username: string; password: string } | null | undefined; bearer?: { /** Required; in a PATCH the present one is kept */ token?: string | undefined; scheme?: string | undefined } | null | undefined; oauth2?: { tokenUrl: string; clientId: string; authMethod?: "clientSecretBasic" | "clientSecretPost" | undefined; scopes?: string[] | undefined; audience?: string | null | undefined; extraParams?: Record<string, string> | null | undefined; /** Required; in a PATCH the present one is kept */ clientSecret?: string | undefined } | null | undefined; secretHeaders?: Record<string, string> | null | undefined; secretInBody?: { member: string; /** Required; in a PATCH the present one is kept */ value?: string | undefined } | null | undefined; signature?: { header: string; value?: string | undefined; signed?: string | undefined; algorithm?: "sha1" | "sha256" | "sha512" | undefined; encoding?: "hex" | "base64" | "base64url" | undefined; timestampHeader?: string | null | undefined; timestampUnit?: "seconds" | "milliseconds" | "iso" | undefined; idHeader?: string | null | undefined; secretEncoding?: "text" | "hex" | "base64" | undefined; /** Required; in a PATCH the present one is kept */ secret?: string | undefined } | null | undefined; /** Whether webhook-signature and svix-signature are sent; true unless given */ standardSignature?: boolean | undefined }

export type EndpointAuthOut = { basic: {  } | null; bearer: { scheme: string } | null; oauth2: { tokenUrl: string; clientId: string; authMethod: string; scopes: string[]; audience: string | null; extraParams: string[] } | null; secretHeaders: string[]; secretInBody: { member: string } | null; signature: { header: string; value: string; signed: string; algorithm: string; encoding: string; timestampHeader: string | null; timestampUnit: string; idHeader: string | null; secretEncoding: string } | null; standardSignature: boolean }

export type EndpointBulkReplayIn = { since: string; until?: string | null | undefined; dryRun?: boolean | null | undefined; eventTypes?: string[] | null | undefined; channel?: string | null | undefined; tag?: string | null | undefined; status?: 0 | 1 | 2 | 3 | 4 | null | undefined; statusCodeClass?: 0 | 100 | 200 | 300 | 400 | 500 | null | undefined }

export type EndpointCancelMsgsIn = { createdBefore: string }

export type EndpointCreateTestBinOut = { bin: BinCreatedOut; messageId: string | null; failure: { code: string; message: string } | null; capture: CaptureOut | null }

export type EndpointCreateWithBinOut = { bin: BinCreatedOut; endpoint: EndpointOut }

export type EndpointGetFifoOut = { head: { msgId: string; attempts: number; nextAttempt: string | null; waitsSince: string } | null; waiting: number; approximated: boolean }

export type EndpointGetFilterOut = { filter: Record<string, unknown> | null }

export type EndpointGetHeadersOut = { headers: Record<string, string>; sensitive: string[] }

export type EndpointGetSecretOut = { key: string }

export type EndpointGetStatsOut = { success: number; pending: number; sending: number; fail: number; canceled: number }

export type EndpointGetThrottlingStatusOut = { status: "Ok" | "RateLimited"; throttledSince?: string | undefined }

export type EndpointIn = { url: string; description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; channels?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** One message after the other, in the order they were accepted */ fifo?: boolean | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | null | undefined; secret?: string | null | undefined; headers?: Record<string, string> | null | undefined; auth?: EndpointAuthIn | null | undefined }

export type EndpointListOut = { data: EndpointOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type EndpointOauthConfigIn = { tokenUrl: string; clientId: string; authMethod?: "clientSecretBasic" | "clientSecretPost" | undefined; extraParams?: Record<string, string> | null | undefined; /** Required; in a PATCH the present one is kept */ clientSecret?: string | undefined; grantType: "clientCredentials"; scopes?: string[] | null | undefined }

export type EndpointOauthConfigOut = { grantType: "clientCredentials"; authMethod: "clientSecretBasic" | "clientSecretPost"; clientId: string; tokenUrl: string; scopes: string[] | null }

export type EndpointOauthOut = { enabled: boolean; config: EndpointOauthConfigOut | null }

export type EndpointOut = { id: string; url: string; description: string; uid: string | null; disabled: boolean; eventTypes: string[] | null; filterTypes: string[] | null; channels: string[] | null; throttleRate: number | null; rateLimit: number | null; retrySchedule: number[] | null; disableAfterFailures: number | null; fifo: boolean; gzip: boolean; filter: Record<string, unknown> | null; metadata: Record<string, string>; version: number; disabledReason?: "manual" | "gone" | "receiver" | "failing" | "failures" | "unverified" | undefined; createdAt: string; updatedAt: string }

export type EndpointPatch = { url?: string | undefined; description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; channels?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** One message after the other, in the order they were accepted */ fifo?: boolean | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | undefined }

export type EndpointPatchHeadersIn = { headers: Record<string, string | null>; deleteHeaders?: string[] | null | undefined }

export type EndpointPreviewTemplateIn = { name: string; parameters?: Record<string, string | string[]> | undefined; eventType: string; payload: Record<string, unknown>; channels?: string[] | null | undefined; transformationsParams?: Record<string, unknown> | null | undefined }

export type EndpointPreviewTemplateOut = { method: string; url: string; headers: Record<string, string>; body: string; cancel: boolean }

export type EndpointRecoverIn = { since: string; until?: string | null | undefined; dryRun?: boolean | null | undefined }

export type EndpointRecoverOut = MessageExpungeAllContentsOut | { dryRun: true; count: number }

export type EndpointResumeIn = { /** Send what failed here since its trouble began, and what was never tried */ missed?: boolean | undefined; since?: string | null | undefined }

export type EndpointResumeOut = { endpoint: EndpointOut; since: string | null; tasks: MessageExpungeAllContentsOut[] }

export type EndpointRotateSecretIn = { key?: string | null | undefined; gracePeriodSeconds?: number | null | undefined }

export type EndpointSendExampleIn = { eventType: string; exampleIndex?: number | undefined }

export type EndpointSetFilterIn = { /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined }

export type EndpointSetHeadersIn = { headers: Record<string, string> }

export type EndpointSetTemplateIn = { name: string; parameters?: Record<string, string | string[]> | undefined }

export type EndpointTemplateOut = { name: string | null; parameters: Record<string, string | string[]>; sensitive: string[] }

export type EndpointTestFilterIn = { /** A message that was sent before */ msgId?: string | null | undefined; eventType?: string | null | undefined; payload?: Record<string, unknown> | null | undefined; channels?: string[] | null | undefined; tags?: string[] | null | undefined; /** To be tried instead of the stored one */ filter?: Record<string, unknown> | null | undefined }

export type EndpointTestFilterOut = { matches: boolean; reason: "endpoint_disabled" | "event_type" | "channels" | "filtered" | null; filteredBy: string | null; checks: ({ segment: string | null; path: string; operator: string; operand: string; found: string[]; holds: boolean })[] }

export type EndpointTransformationListVersionsOut = { data: ({ version: number; code: string; current: boolean; createdAt: string })[] }

export type EndpointTransformationOut = { code: string | null; enabled: boolean; variables: Record<string, string>; version: number | null; updatedAt: string | null }

export type EndpointTransformationPatch = { code?: string | null | undefined; enabled?: boolean | undefined; variables?: Record<string, string> | null | undefined }

export type EndpointTransformationRollBackIn = { version: number }

export type EndpointTransformationSimulateIn = { code: string; variables?: Record<string, string> | null | undefined; eventType: string; payload: Record<string, unknown>; channels?: string[] | null | undefined; transformationsParams?: Record<string, unknown> | null | undefined }

export type EndpointTransformationSimulateOut = { url: string; payload: string; method: "POST" | "PUT" | "PATCH" | "GET" | "DELETE" | null; cancel: boolean; headers: Record<string, string>; console: string[] }

export type EndpointTransportIn = { /** `auto` is HTTP/2 where the receiver offers it; 1.1 when not given */ httpVersion?: "2" | "1.1" | "auto" | undefined; /** PEM: the client certificate, then those that issued it */ certificate?: string | null | undefined; /** PEM: the key of the client certificate; it is never shown again */ privateKey?: string | null | undefined; /** PEM: authorities to trust, or the certificate of the receiver itself */ trustedCertificates?: string | null | undefined; /** Whether the public authorities are trusted besides */ trustSystem?: boolean | undefined }

export type EndpointTransportOut = { httpVersion: "2" | "1.1" | "auto"; certificates: CertificateOut[]; trustedCertificates: CertificateOut[]; trustSystem: boolean }

export type EndpointUpdate = { url: string; description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; channels?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** One message after the other, in the order they were accepted */ fifo?: boolean | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | null | undefined }

export type EndpointVerificationOut = { status: "pending" | "none"; askedAt: string | null; expiresAt: string | null; problem: string | null }

export type EnvironmentIn = { version?: 1 | undefined; eventTypes?: EventTypeIn[] | null | undefined; settings?: EnvironmentSettingsIn | null | undefined; templates?: NamedTemplateIn[] | null | undefined; connectors?: (Record<string, unknown>)[] | null | undefined }

export type EnvironmentOut = { version: number; createdAt: string; eventTypes: EventTypeOut[]; settings: EnvironmentSettingsOut; templates: NamedTemplateOut[]; connectors: (Record<string, unknown>)[] }

export type EnvironmentSettingsIn = { enforceHttps?: boolean | undefined; disableEndpointOnFailure?: boolean | undefined; disableAfterFailures?: number | null | undefined; retrySchedule?: number[] | null | undefined; defaultSecretKind?: "hmac" | "ed25519" | undefined; schemaPolicy?: "off" | "warn" | "reject" | undefined; requireEventType?: boolean | undefined; verifyEndpointUrls?: "off" | "endpoints" | "all" | undefined }

export type EnvironmentSettingsOut = { enforceHttps: boolean; disableEndpointOnFailure: boolean; disableAfterFailures: number | null; retrySchedule: number[] | null; defaultSecretKind: "hmac" | "ed25519"; schemaPolicy: "off" | "warn" | "reject"; requireEventType: boolean; verifyEndpointUrls: "off" | "endpoints" | "all" }

export type EventTypeImportOpenapiIn = { spec?: Record<string, unknown> | null | undefined; specRaw?: string | null | undefined; dryRun?: boolean | null | undefined; replaceAll?: boolean | null | undefined }

export type EventTypeImportOpenapiOut = { data: { modified: string[]; to_modify: ({ name: string; description: string; schemas: Record<string, unknown> | null; deprecated: boolean; groupName: string | null; featureFlags: string[] | null })[] | null; archived: string[] } }

export type EventTypeIn = { description: string; archived?: boolean | undefined; deprecated?: boolean | undefined; schemas?: Record<string, Record<string, unknown>> | null | undefined; featureFlag?: string | null | undefined; featureFlags?: string[] | null | undefined; groupName?: string | null | undefined; schemaPolicy?: "off" | "warn" | "reject" | null | undefined; name: string }

export type EventTypeListOut = { data: EventTypeOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type EventTypeOut = { name: string; description: string; archived: boolean; deprecated: boolean; schemas: Record<string, unknown> | null; featureFlag: string | null; featureFlags: string[] | null; groupName: string | null; schemaPolicy: "off" | "warn" | "reject" | null; createdAt: string; updatedAt: string }

export type EventTypePatch = { description?: string | undefined; archived?: boolean | undefined; deprecated?: boolean | undefined; schemas?: Record<string, Record<string, unknown>> | null | undefined; featureFlag?: string | null | undefined; featureFlags?: string[] | null | undefined; groupName?: string | null | undefined; schemaPolicy?: "off" | "warn" | "reject" | null | undefined }

export type EventTypeUpdate = { description: string; archived?: boolean | undefined; deprecated?: boolean | undefined; schemas?: Record<string, Record<string, unknown>> | null | undefined; featureFlag?: string | null | undefined; featureFlags?: string[] | null | undefined; groupName?: string | null | undefined; schemaPolicy?: "off" | "warn" | "reject" | null | undefined }

export type HealthzOut = { status: "ok" }

export type HookEventOut = { name: string; description: string; groupName: string | null; deprecated: boolean }

export type HookFieldOut = { key: string; path: string[]; label: string; type: "string" | "integer" | "number" | "boolean" | "array" | "object" | "null" | "any"; format?: string | undefined; nullable: boolean; custom: boolean; /** The newest value that was not null */ sample?: unknown | undefined }

export type HookIn = { targetUrl: string; event?: string | undefined; events?: string[] | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; description?: string | undefined }

export type HookListEventsOut = { data: HookEventOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type HookListFieldsOut = { data: HookFieldOut[] }

export type HookListOut = { data: HookOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type HookListSamplesOut = { data: (Record<string, unknown>)[]; from: "messages" | "schema" }

export type HookOut = { id: string; targetUrl: string; events: string[] | null; filter: Record<string, unknown> | null; description: string; disabled: boolean; createdAt: string }

export type HookUrlCreateIn = { description?: string | undefined; featureFlags?: string[] | null | undefined }

export type HookUrlCreatedOut = { id: string; description: string; featureFlags: string[]; createdAt: string; url: string }

export type HookUrlListOut = { data: HookUrlOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type HookUrlOut = { id: string; description: string; featureFlags: string[]; createdAt: string }

export type InboundReplayOut = { messageIds: string[] }

export type InboundRequestOut = { id: string; receivedAt: string; outcome: "accepted" | "duplicate" | "rejected" | "handshake"; reason: string | null; findings: ({ code: string; message: string; remedy?: string | undefined })[]; method: string; target: string; httpVersion: string; headers: ([string, string])[]; remoteAddress: string; bodyBytes: number; eventType: string | null; eventId: string | null; eventAt: string | null; messageIds: string[]; held: boolean; verification: { scheme: string; secretId: string | null; skewSeconds: number | null; bodyAuthenticated: boolean } | null; answerStatus: number; duplicates: number; replaySuspected: boolean; duplicateOf: string | null }

export type InboundRequestWithBodyOut = { id: string; receivedAt: string; outcome: "accepted" | "duplicate" | "rejected" | "handshake"; reason: string | null; findings: ({ code: string; message: string; remedy?: string | undefined })[]; method: string; target: string; httpVersion: string; headers: ([string, string])[]; remoteAddress: string; bodyBytes: number; eventType: string | null; eventId: string | null; eventAt: string | null; messageIds: string[]; held: boolean; verification: { scheme: string; secretId: string | null; skewSeconds: number | null; bodyAuthenticated: boolean } | null; answerStatus: number; duplicates: number; replaySuspected: boolean; duplicateOf: string | null; body: string | null; bodyTruncated: boolean }

export type ListenerIn = { eventTypes?: string[] | null | undefined; channels?: string[] | null | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined; secret?: string | null | undefined }

export type ManagementAuthenticationCreateApiTokenIn = { name: string; scopes?: ("full" | "send-only" | "read-only")[] | null | undefined; expiresAt?: string | null | undefined }

export type ManagementAuthenticationCreateApiTokenOut = { id: string; name: string; scopes: ("full" | "send-only" | "read-only")[]; createdAt: string; expiresAt: string | null; token: string }

export type ManagementAuthenticationExpireApiTokenIn = { expiry?: number | null | undefined }

export type ManagementAuthenticationGetApiTokenOut = { id: string; name: string; scopes: ("full" | "send-only" | "read-only")[]; createdAt: string; expiresAt: string | null; censoredToken: string }

export type ManagementAuthenticationListApiTokensOut = { data: ManagementAuthenticationGetApiTokenOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type ManagementAuthenticationPatchApiTokenIn = { name?: string | undefined; scopes?: ("full" | "send-only" | "read-only")[] | null | undefined }

export type ManagementAuthenticationUpdateApiTokenIn = { name: string }

export type MessageAttemptCountByEndpointOut = { count: number; approximated: boolean }

export type MessageAttemptGetHeadersOut = { sentHeaders: Record<string, string>; responseHeaders: ([string, string])[] | null; sensitive: string[] }

export type MessageAttemptListAttemptedDestinationsOut = { data: ({ id: string; url: string; description: string; uid: string | null; disabled: boolean; eventTypes: string[] | null; filterTypes: string[] | null; channels: string[] | null; throttleRate: number | null; rateLimit: number | null; retrySchedule: number[] | null; disableAfterFailures: number | null; fifo: boolean; gzip: boolean; filter: Record<string, unknown> | null; version: number; disabledReason?: "manual" | "gone" | "receiver" | "failing" | "failures" | "unverified" | undefined; createdAt: string; updatedAt: string; status: 0 | 1 | 2 | 3 | 4; statusText: "success" | "pending" | "fail" | "sending" | "canceled"; statusReason?: string | undefined; filteredBy?: string | undefined; cancelledBy?: string | undefined; finishedAt: string | null; nextAttempt: string | null })[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptListAttemptedMessagesOut = { data: ({ id: string; eventId: string | null; eventType: string; payload: Record<string, unknown>; channels: string[] | null; tags: string[] | null; timestamp: string; deliverAt: string | null; schemaError?: string | undefined; status: 0 | 1 | 2 | 3 | 4; statusText: "success" | "pending" | "fail" | "sending" | "canceled"; statusReason?: string | undefined; filteredBy?: string | undefined; cancelledBy?: string | undefined; finishedAt: string | null; nextAttempt: string | null })[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptListByEndpointDeprecatedOut = { data: MessageAttemptOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptListByEndpointOut = { data: MessageAttemptOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptListByMsgDeprecatedOut = { data: MessageAttemptOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptListByMsgOut = { data: MessageAttemptOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageAttemptOut = { id: string; msgId: string; endpointId: string; url: string; response: string; responseStatusCode: number; responseDurationMs: number; status: 0 | 2; statusText: "success" | "fail"; triggerType: 0 | 1; timestamp: string; failure?: { code: string; detail?: string | undefined; message: string } | undefined; msg?: MessageOut | undefined }

export type MessageAttemptResendOut = {  }

export type MessageBulkExpungeContentIn = { ids?: string[] | undefined }

export type MessageBulkExpungeContentOut = { results: Record<string, "expunged" | "not-found"> }

export type MessageCreateBatchIn = { messages: MessageIn[] }

export type MessageCreateBatchOut = { results: ({ status: number; message?: MessageOut | undefined; error?: Record<string, unknown> | undefined })[] }

export type MessageExpungeAllContentsOut = { id: string; status: "running" | "finished" | "failed"; task: "endpoint.replay" | "endpoint.recover" | "application.stats" | "message.broadcast" | "sdk.generate" | "event-type.aggregate" | "application.purge_content" | "endpoint.bulk-replay"; updatedAt: string }

export type MessageGetRawPayloadOut = { payload: string }

export type MessageIn = { eventType: string; payload?: Record<string, unknown> | undefined; data?: Record<string, unknown> | undefined; eventId?: string | null | undefined; channels?: string[] | null | undefined; tags?: string[] | null | undefined; payloadRetentionPeriod?: number | null | undefined; payloadRetentionHours?: number | null | undefined; /** Handed to the code of endpoints, but for rawPayload: that is the payload */ transformationsParams?: { rawPayload?: string | undefined; headers?: Record<string, string> | undefined } & Record<string, unknown | undefined> | null | undefined; /** When to send it: 1 minute to 24 hours ahead */ deliverAt?: string | null | undefined; application?: ApplicationIn | null | undefined }

export type MessageListOut = { data: MessageOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type MessageOut = { id: string; eventId: string | null; eventType: string; payload: Record<string, unknown>; channels: string[] | null; tags: string[] | null; timestamp: string; deliverAt: string | null; schemaError?: string | undefined }

export type MessagePollerConsumerSeekIn = { after: string }

export type MessagePollerConsumerSeekOut = { iterator: string }

export type MessagePrecheckIn = { eventType: string; channels?: string[] | null | undefined }

export type MessagePrecheckOut = { active: boolean }

export type MessageSearchIn = { limit?: number | undefined; iterator?: string | null | undefined; channel?: string | null | undefined; tag?: string | null | undefined; event_types?: string[] | null | undefined; before?: string | null | undefined; after?: string | null | undefined; id?: string | null | undefined; event_id?: string | null | undefined; payload?: ({ /** Names joined by dots, or a list of them; positions in arrays */ path: string; op?: "eq" | "contains" | "exists" | undefined; value?: string | number | boolean | null | undefined })[] | null | undefined; with_content?: boolean | undefined }

export type MessageSearchOut = { data: MessageOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type NamedTemplateIn = { title?: string | undefined; about?: string | undefined; fields?: TemplateFieldIn[] | undefined; code: string; name: string }

export type NamedTemplateOut = { name: string; title: string; about: string; fields: TemplateFieldOut[]; code: string }

export type OperationalWebhookEndpointIn = { url: string; description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | null | undefined; secret?: string | null | undefined; headers?: Record<string, string> | null | undefined; auth?: EndpointAuthIn | null | undefined }

export type OperationalWebhookEndpointListOut = { data: OperationalWebhookEndpointOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type OperationalWebhookEndpointOut = { id: string; url: string; description: string; uid: string | null; disabled: boolean; eventTypes: string[] | null; filterTypes: string[] | null; throttleRate: number | null; rateLimit: number | null; retrySchedule: number[] | null; disableAfterFailures: number | null; gzip: boolean; metadata: Record<string, string>; version: number; disabledReason?: "manual" | "gone" | "receiver" | "failing" | "failures" | "unverified" | undefined; createdAt: string; updatedAt: string }

export type OperationalWebhookEndpointUpsertIn = { url: string; description?: string | undefined; uid?: string | null | undefined; disabled?: boolean | undefined; eventTypes?: string[] | null | undefined; /** @deprecated */ filterTypes?: string[] | null | undefined; throttleRate?: number | null | undefined; /** @deprecated */ rateLimit?: number | null | undefined; retrySchedule?: number[] | null | undefined; /** Failed deliveries in a row that switch it off; null is as the environment says, 0 never */ disableAfterFailures?: number | null | undefined; /** Bodies of 1,024 bytes and more are sent compressed */ gzip?: boolean | undefined; /** Replaced whole; at most 4096 bytes as compact JSON */ metadata?: Record<string, string> | null | undefined; version?: number | null | undefined }

export type PollerIn = { uid?: string | null | undefined; description?: string | undefined; eventTypes?: string[] | null | undefined; channels?: string[] | null | undefined }

export type PollerListOut = { data: PollerOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type PollerOut = { id: string; uid: string | null; description: string; eventTypes: string[] | null; channels: string[] | null; createdAt: string; updatedAt: string }

export type PollingEndpointOut = { data: MessageOut[]; iterator: string; done: boolean }

export type ReadyzOut = { status: "ready" } & Record<string, string | undefined>

export type RetryScheduleInOut = { retrySchedule?: Duration[] | null | undefined }

export type SegmentIn = { description?: string | undefined; /** Conditions that must all hold; see docs/filters.md */ filter?: Record<string, unknown> | null | undefined }

export type SegmentListOut = { data: SegmentOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type SegmentOut = { name: string; description: string; filter: Record<string, unknown> | null; createdAt: string; updatedAt: string }

export type SharedBinGetOut = { name: string; captureId: string | null; lastSeq: number; expiresAt: string }

export type SharedBinListCapturesOut = { data: SharedCaptureOut[] }

export type SharedCaptureOut = { id: string; seq: number; receivedAt: string; method: string; target: string; httpVersion: string; headers: ([string, string])[]; body: { size: number; sha256: string; base64: string | null }; remote: { address: string; port: number }; forwarded: { proto: "http" | "https" | null; address: string | null } | null; timing: { headMs: number; bodyMs: number }; answer: { status: number | null; rule: number | null; delayMs: number; fault: "hang" | "reset" | "close" | "partial" | null; relayed: boolean }; provider: { name: string; title: string; variant: string | null; because: string[]; alsoPossible: string[] } | null }

export type SourceAnswer = { status?: number | undefined; headers?: Record<string, string> | undefined; body?: string | undefined }

export type SourceCreatedOut = { id: string; uid: string | null; name: string; applicationId: string; provider: string | null; variant: string | null; scheme: Record<string, unknown> | null; place: SourcePlace | null; secrets: SourceSecretOut[]; publicUrl: string | null; idFrom: (string | string[])[] | null; typeFrom: (string | string[])[] | null; timeFrom: (string | string[])[] | null; typePrefix: string | null; split: string | null; answer: { status: number; headers: Record<string, string>; body: string } | null; unreadableStatus: number; toleranceSeconds: number | null; allowedTopics: string[]; allowedOrigins: string[]; allowedAddresses: string[]; webhookId: string | null; hasVerifyToken: boolean; passThrough: boolean; channels: string[] | null; maxBodyBytes: number; dedupeHours: number; refuseReplays: boolean; requestsPerSecond: number; paused: boolean; disabled: boolean; connectedAt: string | null; createdAt: string; updatedAt: string; url: string }

export type SourceIn = { application: string; name?: string | undefined; uid?: string | null | undefined; paused?: boolean | undefined; disabled?: boolean | undefined; provider?: string | null | undefined; variant?: string | null | undefined; scheme?: SourceScheme | null | undefined; place?: SourcePlace | null | undefined; publicUrl?: string | null | undefined; idFrom?: (string | string[])[] | null | undefined; typeFrom?: (string | string[])[] | null | undefined; timeFrom?: (string | string[])[] | null | undefined; typePrefix?: string | null | undefined; split?: string | null | undefined; answer?: SourceAnswer | null | undefined; unreadableStatus?: number | null | undefined; toleranceSeconds?: number | null | undefined; allowedTopics?: string[] | null | undefined; allowedOrigins?: string[] | null | undefined; allowedAddresses?: string[] | null | undefined; webhookId?: string | null | undefined; verifyToken?: string | null | undefined; passThrough?: boolean | null | undefined; channels?: string[] | null | undefined; maxBodyBytes?: number | null | undefined; dedupeHours?: number | null | undefined; refuseReplays?: boolean | null | undefined; requestsPerSecond?: number | null | undefined; secrets?: SourceSecretIn[] | undefined }

export type SourceListOut = { data: SourceOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type SourceListRequestsOut = { data: InboundRequestOut[]; iterator: string | null; prevIterator?: string | undefined; done: boolean }

export type SourceListSecretsOut = { data: SourceSecretOut[] }

export type SourceOut = { id: string; uid: string | null; name: string; applicationId: string; provider: string | null; variant: string | null; scheme: Record<string, unknown> | null; place: SourcePlace | null; secrets: SourceSecretOut[]; publicUrl: string | null; idFrom: (string | string[])[] | null; typeFrom: (string | string[])[] | null; timeFrom: (string | string[])[] | null; typePrefix: string | null; split: string | null; answer: { status: number; headers: Record<string, string>; body: string } | null; unreadableStatus: number; toleranceSeconds: number | null; allowedTopics: string[]; allowedOrigins: string[]; allowedAddresses: string[]; webhookId: string | null; hasVerifyToken: boolean; passThrough: boolean; channels: string[] | null; maxBodyBytes: number; dedupeHours: number; refuseReplays: boolean; requestsPerSecond: number; paused: boolean; disabled: boolean; connectedAt: string | null; createdAt: string; updatedAt: string }

export type SourcePatch = { application?: string | undefined; name?: string | undefined; uid?: string | null | undefined; paused?: boolean | undefined; disabled?: boolean | undefined; provider?: string | null | undefined; variant?: string | null | undefined; scheme?: SourceScheme | null | undefined; place?: SourcePlace | null | undefined; publicUrl?: string | null | undefined; idFrom?: (string | string[])[] | null | undefined; typeFrom?: (string | string[])[] | null | undefined; timeFrom?: (string | string[])[] | null | undefined; typePrefix?: string | null | undefined; split?: string | null | undefined; answer?: SourceAnswer | null | undefined; unreadableStatus?: number | null | undefined; toleranceSeconds?: number | null | undefined; allowedTopics?: string[] | null | undefined; allowedOrigins?: string[] | null | undefined; allowedAddresses?: string[] | null | undefined; webhookId?: string | null | undefined; verifyToken?: string | null | undefined; passThrough?: boolean | null | undefined; channels?: string[] | null | undefined; maxBodyBytes?: number | null | undefined; dedupeHours?: number | null | undefined; refuseReplays?: boolean | null | undefined; requestsPerSecond?: number | null | undefined }

export type SourcePatchSecretIn = { expiresAt: string | null }

export type SourcePlace = { headers: string[] } | { query: string }

export type SourcePresetListOut = { data: SourcePresetOut[] }

export type SourcePresetOut = { name: string; title: string; variants: string[]; docs: string; replyWithinSeconds: number }

export type SourceScheme = unknown

export type SourceSecretIn = { value: string; expiresAt?: string | null | undefined }

export type SourceSecretOut = { id: string; hint: string; captured: boolean; createdAt: string; expiresAt: string | null }

export type SourceUrlOut = { token: string; url: string }

export type StatisticsAggregateAppStatsIn = { since: string; until: string; appIds?: string[] | null | undefined }

export type StatisticsAggregateAppStatsOut = { id: string; status: "running" | "finished" | "failed"; task: "endpoint.replay" | "endpoint.recover" | "application.stats" | "message.broadcast" | "sdk.generate" | "event-type.aggregate" | "application.purge_content" | "endpoint.bulk-replay"; updatedAt: string; unresolvedAppIds: string[] }

export type TemplateFieldIn = { name: string; title?: string | undefined; type: "text" | "secret" | "choice" | "list"; required?: boolean | undefined; choices?: string[] | undefined; about?: string | undefined }

export type TemplateFieldOut = { name: string; title: string; type: "text" | "secret" | "choice" | "list"; required: boolean; choices?: string[] | undefined; about: string }

export type TemplateIn = { title?: string | undefined; about?: string | undefined; fields?: TemplateFieldIn[] | undefined; code: string }

export type TemplateListOut = { data: TemplateListedOut[] }

export type TemplateListVersionsOut = { data: ({ fields: TemplateFieldOut[]; version: number; code: string; current: boolean; createdAt: string })[] }

export type TemplateListedOut = { name: string; title: string; about: string; fields: TemplateFieldOut[]; builtIn: boolean }

export type TemplateOut = { name: string; title: string; about: string; fields: TemplateFieldOut[]; builtIn: boolean; code: string | null; version: number | null; endpoints: number | null; createdAt: string | null; updatedAt: string | null }

export type TemplateRollBackIn = { version: number }

export type TemplateSimulateIn = { code: string; fields?: TemplateFieldIn[] | undefined; parameters?: Record<string, string | string[]> | undefined; url?: string | undefined; eventType: string; payload: Record<string, unknown>; channels?: string[] | null | undefined; transformationsParams?: Record<string, unknown> | null | undefined }

export type TestBinIn = { name?: string | undefined; rules?: BinRuleIn[] | undefined; expiresInSeconds?: number | undefined; eventType?: string | undefined; exampleIndex?: number | undefined }

export type WholeSharedCaptureOut = { id: string; seq: number; receivedAt: string; method: string; target: string; httpVersion: string; headers: ([string, string])[]; body: { size: number; sha256: string; base64: string | null }; remote: { address: string; port: number }; forwarded: { proto: "http" | "https" | null; address: string | null } | null; timing: { headMs: number; bodyMs: number }; answer: { status: number | null; rule: number | null; delayMs: number; fault: "hang" | "reset" | "close" | "partial" | null; relayed: boolean }; provider: { name: string; title: string; variant: string | null; because: string[]; alsoPossible: string[] } | null; verdict: CaptureVerdictOut | null }

export type Error = { code: "authentication_failed" | "insufficient access" | "not_found" | "method_not_allowed" | "conflict" | "event_type_exists" | "idempotency_in_progress" | "generic_error" | "invalid_range" | "limit_reached" | "missing_payload" | "invalid_scheme" | "endpoint_disabled" | "payload_too_large" | "rate_limited" | "unavailable" | "server_error"; detail: string; /** The same in a sentence */ title: string; /** The HTTP status */ status: number; /** As in the header X-Request-Id */ request_id: string; /** Of health: part by part, what is there and what is not */ components?: Record<string, string> | undefined }

export type ValidationError = { detail: Problem[]; /** The same in a sentence */ title: string; /** The HTTP status */ status: number; /** As in the header X-Request-Id */ request_id: string }

export type Problem = { /** Where: body, query or path, then names */ loc: string[]; msg: string; /** `value_error`, or what kind of one */ type: string }

/** Method → path → what a request takes and what its answer holds. */
export type Operations = {
  GET: {
    /** Whether the server can do its work (`v1.health.get`) */
    '/api/v1/health': {
      options: object
      answer: undefined
    }
    /** Answers and touches nothing (`v1.health.ping`) */
    '/api/v1/health/ping': {
      options: object
      answer: undefined
    }
    /** The process is alive (`healthz`) */
    '/healthz': {
      options: object
      answer: HealthzOut
    }
    /** The process can do its work (`readyz`) */
    '/readyz': {
      options: object
      answer: ReadyzOut
    }
    /** List the API keys of the environment, those that have ended too (`v1.management.authentication.list-api-tokens`) */
    '/api/v1/management/authentication/{env_id}/api-token': {
      options: { params: { env_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: ManagementAuthenticationListApiTokensOut
    }
    /** Get an API key, without its token (`v1.management.authentication.get-api-token`) */
    '/api/v1/management/authentication/{env_id}/api-token/{key_id}': {
      options: { params: { env_id: string; key_id: string } }
      answer: ManagementAuthenticationGetApiTokenOut
    }
    /** Whom the token that asks belongs to, and what it may do (`v1.authentication.whoami`) */
    '/api/v1/auth/whoami': {
      options: object
      answer: AuthenticationWhoamiOut
    }
    /** List applications (`v1.application.list`) */
    '/api/v1/app': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined; exclude_apps_with_no_endpoints?: boolean | undefined; exclude_apps_with_disabled_endpoints?: boolean | undefined } | undefined }
      answer: ApplicationListOut
    }
    /** Get an application (`v1.application.get`) */
    '/api/v1/app/{app_id}': {
      options: { params: { app_id: string } }
      answer: ApplicationOut
    }
    /** List the endpoints of an application (`v1.endpoint.list`) */
    '/api/v1/app/{app_id}/endpoint': {
      options: { params: { app_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: EndpointListOut
    }
    /** Get an endpoint (`v1.endpoint.get`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointOut
    }
    /** List the hooks of an application (`bellwire.hook.list`) */
    '/hooks': {
      options: { query?: { app_id?: string | undefined; limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: HookListOut
    }
    /** Get a hook (`bellwire.hook.get`) */
    '/hooks/{hook_id}': {
      options: { params: { hook_id: string }; query?: { app_id?: string | undefined } | undefined }
      answer: HookOut
    }
    /** List the event types that a hook can have (`bellwire.hook.list-events`) */
    '/hooks/events': {
      options: { query?: { app_id?: string | undefined; limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: HookListEventsOut
    }
    /** The newest payloads that the application has of an event type, else the examples (`bellwire.hook.list-samples`) */
    '/hooks/events/{event_type_name}/sample': {
      options: { params: { event_type_name: string }; query?: { app_id?: string | undefined } | undefined }
      answer: HookListSamplesOut
    }
    /** The fields of an event type: of its schema, and those that payloads really have (`bellwire.hook.list-fields`) */
    '/hooks/events/{event_type_name}/fields': {
      options: { params: { event_type_name: string }; query?: { app_id?: string | undefined } | undefined }
      answer: HookListFieldsOut
    }
    /** List the hook URLs of an application, without what makes them work (`bellwire.hook-url.list`) */
    '/api/v1/app/{app_id}/hook-url': {
      options: { params: { app_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: HookUrlListOut
    }
    /** Get the signing secret; of an Ed25519 key the public half (`v1.endpoint.get-secret`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointGetSecretOut
    }
    /** Get the custom headers; of sensitive ones the names only (`v1.endpoint.get-headers`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointGetHeadersOut
    }
    /** Get how the requests of an endpoint prove themselves, without secrets (`bellwire.endpoint.get-auth`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/auth': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointAuthOut
    }
    /** Get where the access tokens of an endpoint come from; 404 when it has none (`v1.endpoint.get-oauth`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/oauth': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointOauthConfigOut
    }
    /** Whether an endpoint has access tokens, and where they come from (`v1.endpoint.get-oauth-2`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/oauth-config': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointOauthOut
    }
    /** Get how an endpoint is spoken to; of the private key nothing (`bellwire.endpoint.get-transport`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transport': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointTransportOut
    }
    /** Get whether the URL of an endpoint has still to be verified, and why it is not (`bellwire.endpoint.get-verification`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/verification': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointVerificationOut
    }
    /** Get the filter of an endpoint (`bellwire.endpoint.get-filter`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/filter': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointGetFilterOut
    }
    /** List the segments that filters in all applications may name, by name (`bellwire.segment.list`) */
    '/api/v1/segment': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: SegmentListOut
    }
    /** Get a segment that filters in all applications may name (`bellwire.segment.get`) */
    '/api/v1/segment/{segment_name}': {
      options: { params: { segment_name: string } }
      answer: SegmentOut
    }
    /** List the segments of an application, by name (`bellwire.application.segment.list`) */
    '/api/v1/app/{app_id}/segment': {
      options: { params: { app_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: ApplicationSegmentListOut
    }
    /** Get a segment of an application (`bellwire.application.segment.get`) */
    '/api/v1/app/{app_id}/segment/{segment_name}': {
      options: { params: { app_id: string; segment_name: string } }
      answer: SegmentOut
    }
    /** Get the transformation of an endpoint (`v1.endpoint.transformation.get`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transformation': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointTransformationOut
    }
    /** List the versions of the code that are kept, newest first (`bellwire.endpoint.transformation.list-versions`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transformation/version': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointTransformationListVersionsOut
    }
    /** List the templates, each with the form of its parameters (`bellwire.template.list`) */
    '/api/v1/template': {
      options: object
      answer: TemplateListOut
    }
    /** Get a template, with its code when an operator added it (`bellwire.template.get`) */
    '/api/v1/template/{template_name}': {
      options: { params: { template_name: string } }
      answer: TemplateOut
    }
    /** List the versions of a template that are kept, newest first (`bellwire.template.list-versions`) */
    '/api/v1/template/{template_name}/version': {
      options: { params: { template_name: string } }
      answer: TemplateListVersionsOut
    }
    /** Get the template of an endpoint; of secret parameters the names only (`bellwire.endpoint.get-template`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/template': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointTemplateOut
    }
    /** Count the deliveries of an endpoint by state, over at most 28 days (`v1.endpoint.get-stats`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/stats': {
      options: { params: { app_id: string; endpoint_id: string }; query?: { since?: string | undefined; until?: string | undefined } | undefined }
      answer: EndpointGetStatsOut
    }
    /** Tell whether deliveries to an endpoint wait for its rate limit (`v1.endpoint.get-throttling-status`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/rate-limit-status': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointGetThrottlingStatusOut
    }
    /** Tell which message a FIFO endpoint is at, and how many wait behind it (`bellwire.endpoint.get-fifo`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/fifo': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointGetFifoOut
    }
    /** List event types by name (`v1.event-type.list`) */
    '/api/v1/event-type': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined; include_archived?: boolean | undefined; with_content?: boolean | undefined } | undefined }
      answer: EventTypeListOut
    }
    /** Get an event type (`v1.event-type.get`) */
    '/api/v1/event-type/{event_type_name}': {
      options: { params: { event_type_name: string } }
      answer: EventTypeOut
    }
    /** The event types as OpenAPI, AsyncAPI, TypeScript, Markdown or a catalogue file (`bellwire.event-type.export-catalog`) */
    '/api/v1/event-type/export/catalog': {
      options: { query?: { format?: "catalog" | "openapi" | "asyncapi" | "typescript" | "markdown" | undefined } | undefined }
      answer: CatalogOut
    }
    /** Get the settings of the environment (`v1.management.environment-settings.get`) */
    '/api/v1/management/environment-settings': {
      options: object
      answer: EnvironmentSettingsOut
    }
    /** Get when failed deliveries of an event type are tried again (`v1.event-type.get-retry-schedule`) */
    '/api/v1/event-type/{event_type_name}/retry-schedule': {
      options: { params: { event_type_name: string } }
      answer: RetryScheduleInOut
    }
    /** List the messages of an application, newest first (`v1.message.list`) */
    '/api/v1/app/{app_id}/msg': {
      options: { params: { app_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined } | undefined }
      answer: MessageListOut
    }
    /** Get a message by id or eventId (`v1.message.get`) */
    '/api/v1/app/{app_id}/msg/{msg_id}': {
      options: { params: { app_id: string; msg_id: string }; query?: { with_content?: boolean | undefined } | undefined }
      answer: MessageOut
    }
    /** List the pollers of an application (`bellwire.poller.list`) */
    '/api/v1/app/{app_id}/poller': {
      options: { params: { app_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: PollerListOut
    }
    /** Fetch messages in the order of their arrival; without an iterator only where to begin (`v1.message.poller.poll`) */
    '/api/v1/app/{app_id}/poller/{poller_id}': {
      options: { params: { app_id: string; poller_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; event_type?: string | undefined; channel?: string | undefined; after?: string | undefined } | undefined }
      answer: PollingEndpointOut
    }
    /** Fetch messages; without an iterator those after the last that this consumer got (`v1.message.poller.consumer-poll`) */
    '/api/v1/app/{app_id}/poller/{poller_id}/consumer/{consumer_id}': {
      options: { params: { app_id: string; poller_id: string; consumer_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined } | undefined }
      answer: PollingEndpointOut
    }
    /** Get the token of a poller, which polls and does nothing else (`v1.authentication.get-poller-token`) */
    '/api/v1/auth/app/{app_id}/poller/{poller_id}/token': {
      options: { params: { app_id: string; poller_id: string } }
      answer: ApiTokenOut
    }
    /** Get the exact text of a payload (`v1.message.get-raw-payload`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/raw': {
      options: { params: { app_id: string; msg_id: string } }
      answer: MessageGetRawPayloadOut
    }
    /** List sources (`bellwire.source.list`) */
    '/api/v1/source': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined; application?: string | undefined } | undefined }
      answer: SourceListOut
    }
    /** Get a source by id or uid (`bellwire.source.get`) */
    '/api/v1/source/{source_id}': {
      options: { params: { source_id: string } }
      answer: SourceOut
    }
    /** Get the URL of a source, which holds its token (`bellwire.source.get-token`) */
    '/api/v1/source/{source_id}/token': {
      options: { params: { source_id: string } }
      answer: SourceUrlOut
    }
    /** List the secrets of a source, of each its end only (`bellwire.source.list-secrets`) */
    '/api/v1/source/{source_id}/secret': {
      options: { params: { source_id: string } }
      answer: SourceListSecretsOut
    }
    /** List what came to a source, newest first; of what was not accepted the last 100 a kind (`bellwire.source.list-requests`) */
    '/api/v1/source/{source_id}/request': {
      options: { params: { source_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined; outcome?: "accepted" | "duplicate" | "rejected" | "handshake" | undefined; reason?: string | undefined; event_type?: string | undefined } | undefined }
      answer: SourceListRequestsOut
    }
    /** Get a request with its body (`bellwire.source.get-request`) */
    '/api/v1/source/{source_id}/request/{request_id}': {
      options: { params: { source_id: string; request_id: string } }
      answer: InboundRequestWithBodyOut
    }
    /** List the providers that a source can be made for by name (`bellwire.source-preset.list`) */
    '/api/v1/source-preset': {
      options: object
      answer: SourcePresetListOut
    }
    /** List bins (`bellwire.bin.list`) */
    '/api/v1/bin': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: BinListOut
    }
    /** Get a bin (`bellwire.bin.get`) */
    '/api/v1/bin/{bin_id}': {
      options: { params: { bin_id: string } }
      answer: BinOut
    }
    /** Get the URL of a bin, which holds its token (`bellwire.bin.get-token`) */
    '/api/v1/bin/{bin_id}/token': {
      options: { params: { bin_id: string } }
      answer: BinUrlOut
    }
    /** List what arrived at a bin, newest first, by the numbers of captures (`bellwire.bin.list-captures`) */
    '/api/v1/bin/{bin_id}/capture': {
      options: { params: { bin_id: string }; query?: { after?: number | undefined; method?: string | undefined; target?: string | undefined; match?: string | undefined; order?: "ascending" | "descending" | undefined; before?: number | undefined; limit?: number | undefined } | undefined }
      answer: BinListCapturesOut
    }
    /** Get a capture (`bellwire.bin.get-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}': {
      options: { params: { bin_id: string; capture_id: string } }
      answer: CaptureOut
    }
    /** Get a capture as a curl command, a fetch call or a fixture for tests (`bellwire.bin.get-capture-code`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}/code': {
      options: { params: { bin_id: string; capture_id: string }; query?: { format?: "curl" | "fetch" | "fixture" | undefined; url?: string | undefined } | undefined }
      answer: CaptureCodeOut
    }
    /** Wait until so many captures have arrived; 204 when the time is over before (`bellwire.bin.wait`) */
    '/api/v1/bin/{bin_id}/wait': {
      options: { params: { bin_id: string }; query?: { after?: number | undefined; method?: string | undefined; target?: string | undefined; match?: string | undefined; count?: number | undefined; timeout?: number | undefined; expect?: "some" | "none" | undefined } | undefined }
      answer: BinListCapturesOut
    }
    /** What differs between another capture, or the one before, and this one (`bellwire.bin.compare-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}/compare': {
      options: { params: { bin_id: string; capture_id: string }; query?: { with?: string | undefined } | undefined }
      answer: CaptureDifferenceOut
    }
    /** List the links to a bin that are not over (`bellwire.bin.list-shares`) */
    '/api/v1/bin/{bin_id}/share': {
      options: { params: { bin_id: string } }
      answer: BinListSharesOut
    }
    /** What a link to a bin is for, and how long (`bellwire.shared-bin.get`) */
    '/api/v1/shared-bin/{share_token}': {
      options: { params: { share_token: string } }
      answer: SharedBinGetOut
    }
    /** List what a link shows, newest first, without the bodies (`bellwire.shared-bin.list-captures`) */
    '/api/v1/shared-bin/{share_token}/capture': {
      options: { params: { share_token: string }; query?: { order?: "ascending" | "descending" | undefined; after?: number | undefined; before?: number | undefined; limit?: number | undefined } | undefined }
      answer: SharedBinListCapturesOut
    }
    /** Get a capture that a link shows, with its secrets covered (`bellwire.shared-bin.get-capture`) */
    '/api/v1/shared-bin/{share_token}/capture/{capture_id}': {
      options: { params: { share_token: string; capture_id: string } }
      answer: WholeSharedCaptureOut
    }
    /** Get an attempt (`v1.message-attempt.get`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}': {
      options: { params: { app_id: string; msg_id: string; attempt_id: string } }
      answer: MessageAttemptOut
    }
    /** Get the headers of an attempt, sent and received; of sensitive ones the names only (`v1.message-attempt.get-headers`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/headers': {
      options: { params: { app_id: string; msg_id: string; attempt_id: string } }
      answer: MessageAttemptGetHeadersOut
    }
    /** List the attempts of an endpoint, newest first (`v1.message-attempt.list-by-endpoint`) */
    '/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}': {
      options: { params: { app_id: string; endpoint_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; status?: "0" | "1" | "2" | "3" | "4" | undefined; status_code_class?: "0" | "100" | "200" | "300" | "400" | "500" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined; with_msg?: boolean | undefined; expanded_statuses?: boolean | undefined } | undefined }
      answer: MessageAttemptListByEndpointOut
    }
    /** Count the attempts of an endpoint, up to 10000 (`v1.message-attempt.count-by-endpoint`) */
    '/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}/count': {
      options: { params: { app_id: string; endpoint_id: string }; query?: { status?: "0" | "1" | "2" | "3" | "4" | undefined; status_code_class?: "0" | "100" | "200" | "300" | "400" | "500" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined } | undefined }
      answer: MessageAttemptCountByEndpointOut
    }
    /** List the attempts of a message, newest first (`v1.message-attempt.list-by-msg`) */
    '/api/v1/app/{app_id}/attempt/msg/{msg_id}': {
      options: { params: { app_id: string; msg_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; status?: "0" | "1" | "2" | "3" | "4" | undefined; status_code_class?: "0" | "100" | "200" | "300" | "400" | "500" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined; with_msg?: boolean | undefined; expanded_statuses?: boolean | undefined; endpoint_id?: string | undefined } | undefined }
      answer: MessageAttemptListByMsgOut
    }
    /** List the attempts of a message: the older route (`v1.message-attempt.list-by-msg-deprecated`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/attempt': {
      options: { params: { app_id: string; msg_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; status?: "0" | "1" | "2" | "3" | "4" | undefined; status_code_class?: "0" | "100" | "200" | "300" | "400" | "500" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined; with_msg?: boolean | undefined; expanded_statuses?: boolean | undefined; endpoint_id?: string | undefined } | undefined }
      answer: MessageAttemptListByMsgDeprecatedOut
    }
    /** List the attempts of a message to an endpoint: the older route (`v1.message-attempt.list-by-endpoint-deprecated`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/attempt': {
      options: { params: { app_id: string; msg_id: string; endpoint_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; status?: "0" | "1" | "2" | "3" | "4" | undefined; status_code_class?: "0" | "100" | "200" | "300" | "400" | "500" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined; with_msg?: boolean | undefined; expanded_statuses?: boolean | undefined } | undefined }
      answer: MessageAttemptListByEndpointDeprecatedOut
    }
    /** List the messages for an endpoint and what became of each, newest first (`v1.message-attempt.list-attempted-messages`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/msg': {
      options: { params: { app_id: string; endpoint_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; status?: "0" | "1" | "2" | "3" | "4" | undefined; channel?: string | undefined; tag?: string | undefined; event_types?: string[] | undefined; before?: string | undefined; after?: string | undefined; with_content?: boolean | undefined; expanded_statuses?: boolean | undefined; with_filtered?: boolean | undefined } | undefined }
      answer: MessageAttemptListAttemptedMessagesOut
    }
    /** List the endpoints that a message is for, deleted ones too, and what became of each (`v1.message-attempt.list-attempted-destinations`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/endpoint': {
      options: { params: { app_id: string; msg_id: string }; query?: { limit?: number | undefined; iterator?: string | undefined; expanded_statuses?: boolean | undefined; with_filtered?: boolean | undefined } | undefined }
      answer: MessageAttemptListAttemptedDestinationsOut
    }
    /** List background tasks, newest first (`v1.background-task.list`) */
    '/api/v1/background-task': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined; status?: "running" | "finished" | "failed" | undefined; task?: "endpoint.replay" | "endpoint.recover" | "application.stats" | "message.broadcast" | "sdk.generate" | "event-type.aggregate" | "application.purge_content" | "endpoint.bulk-replay" | undefined } | undefined }
      answer: BackgroundTaskListOut
    }
    /** Get a background task: how far it is, and what it came to (`v1.background-task.get`) */
    '/api/v1/background-task/{task_id}': {
      options: { params: { task_id: string } }
      answer: BackgroundTaskGetOut
    }
    /** List the endpoints that Bellwire tells of its own doings (`v1.operational-webhook.endpoint.list`) */
    '/api/v1/operational-webhook/endpoint': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; order?: "ascending" | "descending" | undefined } | undefined }
      answer: OperationalWebhookEndpointListOut
    }
    /** Get an endpoint for operational webhooks (`v1.operational-webhook.endpoint.get`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}': {
      options: { params: { operational_endpoint_id: string } }
      answer: OperationalWebhookEndpointOut
    }
    /** Get the signing secret of an endpoint for operational webhooks (`v1.operational-webhook.endpoint.get-secret`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/secret': {
      options: { params: { operational_endpoint_id: string } }
      answer: EndpointGetSecretOut
    }
    /** Get the custom headers; of sensitive ones the names only (`v1.operational-webhook.endpoint.get-headers`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/headers': {
      options: { params: { operational_endpoint_id: string } }
      answer: EndpointGetHeadersOut
    }
    /** Get how the requests of an operational endpoint prove themselves, without secrets (`bellwire.operational-webhook.endpoint.get-auth`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/auth': {
      options: { params: { operational_endpoint_id: string } }
      answer: EndpointAuthOut
    }
    /** List who changed what, newest first (`v1.audit-log.list`) */
    '/api/v1/audit-log': {
      options: { query?: { limit?: number | undefined; iterator?: string | undefined; before?: string | undefined; after?: string | undefined; actor?: string | undefined; operation?: string | undefined; target_kind?: "environment" | "application" | "endpoint" | "operational-endpoint" | "event-type" | "api-key" | "application-token" | "message" | "attempt" | "background-task" | "poller" | "source" | "bin" | "segment" | "template" | "hook-url" | undefined; target_id?: string | undefined; application_id?: string | undefined } | undefined }
      answer: AuditLogListOut
    }
  }
  POST: {
    /** Create an API key; its token is in this answer only (`v1.management.authentication.create-api-token`) */
    '/api/v1/management/authentication/{env_id}/api-token': {
      options: { params: { env_id: string }; body: ManagementAuthenticationCreateApiTokenIn }
      answer: ManagementAuthenticationCreateApiTokenOut
    }
    /** End an API key now or in a while; it is refused everywhere within a second (`v1.management.authentication.expire-api-token`) */
    '/api/v1/management/authentication/{env_id}/api-token/{key_id}/expire': {
      options: { params: { env_id: string; key_id: string }; body?: ManagementAuthenticationExpireApiTokenIn | undefined }
      answer: undefined
    }
    /** End the application token that asks; it is refused everywhere within a second (`v1.authentication.logout`) */
    '/api/v1/auth/logout': {
      options: object
      answer: undefined
    }
    /** End all tokens of an application, or those of some sessions (`v1.authentication.expire-all`) */
    '/api/v1/auth/app/{app_id}/expire-all': {
      options: { params: { app_id: string }; body?: AuthenticationExpireAllIn | undefined }
      answer: undefined
    }
    /** Make a token for one application, and a link to the portal with it (`v1.authentication.app-portal-access`) */
    '/api/v1/auth/app-portal-access/{app_id}': {
      options: { params: { app_id: string }; body?: AuthenticationAppPortalAccessIn | undefined }
      answer: AuthenticationAppPortalAccessOut
    }
    /** The older form of portal access, with every default (`v1.authentication.dashboard-access`) */
    '/api/v1/auth/dashboard-access/{app_id}': {
      options: { params: { app_id: string } }
      answer: AuthenticationAppPortalAccessOut
    }
    /** Create an application (`v1.application.create`) */
    '/api/v1/app': {
      options: { query?: { get_if_exists?: boolean | undefined } | undefined; body: ApplicationIn }
      answer: ApplicationOut
    }
    /** Create an endpoint (`v1.endpoint.create`) */
    '/api/v1/app/{app_id}/endpoint': {
      options: { params: { app_id: string }; body: EndpointIn }
      answer: EndpointOut
    }
    /** Subscribe a URL to event types; it is unsubscribed when it answers 410 (`bellwire.hook.subscribe`) */
    '/hooks': {
      options: { query?: { app_id?: string | undefined } | undefined; body: HookIn }
      answer: HookOut
    }
    /** Make a URL that subscribes for this application; it is shown once (`bellwire.hook-url.create`) */
    '/api/v1/app/{app_id}/hook-url': {
      options: { params: { app_id: string }; body?: HookUrlCreateIn | undefined }
      answer: HookUrlCreatedOut
    }
    /** Replace the signing secret; the old one signs along for a while (`v1.endpoint.rotate-secret`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret/rotate': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointRotateSecretIn | undefined }
      answer: undefined
    }
    /** Send another challenge to the URL of an endpoint; no earlier one counts then (`bellwire.endpoint.send-challenge`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/verification': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: EndpointVerificationOut
    }
    /** Give back the challenge that the URL of an endpoint got, by hand (`bellwire.endpoint.answer-challenge`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/verification/answer': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointAnswerChallengeIn }
      answer: undefined
    }
    /** Say whether an endpoint would get a message, and why; nothing is sent (`bellwire.endpoint.test-filter`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/filter/test': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointTestFilterIn | undefined }
      answer: EndpointTestFilterOut
    }
    /** Use a version of the code again (`bellwire.endpoint.transformation.roll-back`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transformation/rollback': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointTransformationRollBackIn }
      answer: undefined
    }
    /** Run code on a message and show the request that it makes; nothing is sent (`v1.endpoint.transformation.simulate`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transformation/simulate': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointTransformationSimulateIn }
      answer: EndpointTransformationSimulateOut
    }
    /** Use a version of a template again, for all endpoints that use it (`bellwire.template.roll-back`) */
    '/api/v1/template/{template_name}/rollback': {
      options: { params: { template_name: string }; body: TemplateRollBackIn }
      answer: undefined
    }
    /** Run the code of a template on a message and show the request; nothing is sent or kept (`bellwire.template.simulate`) */
    '/api/v1/template/simulate': {
      options: { body: TemplateSimulateIn }
      answer: EndpointTransformationSimulateOut
    }
    /** Show the request that a template makes of a message; nothing is sent (`bellwire.endpoint.preview-template`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/template/preview': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointPreviewTemplateIn }
      answer: EndpointPreviewTemplateOut
    }
    /** Give up sending a message to an endpoint; what waits behind it goes on (`bellwire.message.cancel-delivery`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/cancel': {
      options: { params: { app_id: string; msg_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Send an example of an event type to this endpoint only, past all filters (`v1.endpoint.send-example`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/send-example': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointSendExampleIn }
      answer: MessageOut
    }
    /** Cancel what waits for an endpoint; what is in flight goes on (`v1.endpoint.cancel-msgs`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/cancel-msgs': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointCancelMsgsIn }
      answer: undefined
    }
    /** Send once more every message that failed here and never succeeded (`v1.endpoint.recover`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/recover': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointRecoverIn }
      answer: EndpointRecoverOut
    }
    /** Send every message that was never tried here although it would match now (`v1.endpoint.replay-missing`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointRecoverIn }
      answer: EndpointRecoverOut
    }
    /** Send messages again that were sent here, succeeded or not (`v1.endpoint.bulk-replay`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/bulk-replay': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointBulkReplayIn }
      answer: EndpointRecoverOut
    }
    /** Switch an endpoint on, and send what it missed if that is wanted (`bellwire.endpoint.resume`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/resume': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointResumeIn | undefined }
      answer: EndpointResumeOut
    }
    /** Create an event type; an archived one is brought back (`v1.event-type.create`) */
    '/api/v1/event-type': {
      options: { body: EventTypeIn }
      answer: EventTypeOut
    }
    /** Create and change event types from the webhooks of an OpenAPI document (`v1.event-type.import-openapi`) */
    '/api/v1/event-type/import/openapi': {
      options: { body: EventTypeImportOpenapiIn }
      answer: EventTypeImportOpenapiOut
    }
    /** Create and change event types from a document, all or none, and tell what changes (`bellwire.event-type.import-catalog`) */
    '/api/v1/event-type/import/catalog': {
      options: { body: CatalogIn }
      answer: CatalogDifferenceOut
    }
    /** The event types, settings and templates of the environment as one document (`v1.environment.export`) */
    '/api/v1/environment/export': {
      options: object
      answer: EnvironmentOut
    }
    /** Add and change what is in such a document; nothing is deleted (`v1.environment.import`) */
    '/api/v1/environment/import': {
      options: { body: EnvironmentIn }
      answer: undefined
    }
    /** Accept a message; 202 means that it is on disk with its deliveries (`v1.message.create`) */
    '/api/v1/app/{app_id}/msg': {
      options: { params: { app_id: string }; query?: { with_content?: boolean | undefined } | undefined; body: MessageIn }
      answer: MessageOut
    }
    /** Accept up to 1000 messages, each on its own; the results come in their order (`bellwire.message.create-batch`) */
    '/api/v1/app/{app_id}/msg/batch': {
      options: { params: { app_id: string }; query?: { with_content?: boolean | undefined } | undefined; body: MessageCreateBatchIn }
      answer: MessageCreateBatchOut
    }
    /** Find messages by type, channel, tag, time, id, eventId or what their payloads say (`v1.message.search`) */
    '/api/v1/app/{app_id}/msg/search': {
      options: { params: { app_id: string }; body?: MessageSearchIn | undefined }
      answer: MessageSearchOut
    }
    /** Create a poller, for a receiver that fetches; it gets what is accepted from now on (`bellwire.poller.create`) */
    '/api/v1/app/{app_id}/poller': {
      options: { params: { app_id: string }; body?: PollerIn | undefined }
      answer: PollerOut
    }
    /** Move a consumer to the first message accepted at a time or later (`v1.message.poller.consumer-seek`) */
    '/api/v1/app/{app_id}/poller/{poller_id}/consumer/{consumer_id}/seek': {
      options: { params: { app_id: string; poller_id: string; consumer_id: string }; body: MessagePollerConsumerSeekIn }
      answer: MessagePollerConsumerSeekOut
    }
    /** Give a poller a new token; the old one works for a while yet (`v1.authentication.rotate-poller-token`) */
    '/api/v1/auth/app/{app_id}/poller/{poller_id}/token/rotate': {
      options: { params: { app_id: string; poller_id: string }; body?: AuthenticationRotatePollerTokenIn | undefined }
      answer: ApiTokenOut
    }
    /** Erase the payloads of messages, by id or eventId (`v1.message.bulk-expunge-content`) */
    '/api/v1/app/{app_id}/msg/bulk-expunge': {
      options: { params: { app_id: string }; body?: MessageBulkExpungeContentIn | undefined }
      answer: MessageBulkExpungeContentOut
    }
    /** Erase the payloads of all messages of an application in the background (`v1.message.expunge-all-contents`) */
    '/api/v1/app/{app_id}/msg/expunge-all-contents': {
      options: { params: { app_id: string } }
      answer: MessageExpungeAllContentsOut
    }
    /** Create a source: a URL for the webhooks of a provider, with how they are verified (`bellwire.source.create`) */
    '/api/v1/source': {
      options: { body: SourceIn }
      answer: SourceCreatedOut
    }
    /** Give a source a new URL; the old one is unknown at once (`bellwire.source.rotate-token`) */
    '/api/v1/source/{source_id}/token/rotate': {
      options: { params: { source_id: string } }
      answer: SourceUrlOut
    }
    /** Add a secret to a source; the others count on until they end or are deleted (`bellwire.source.create-secret`) */
    '/api/v1/source/{source_id}/secret': {
      options: { params: { source_id: string }; body: SourceSecretIn }
      answer: SourceSecretOut
    }
    /** Route an accepted request again, as new messages with the tag "replay" (`bellwire.source.replay-request`) */
    '/api/v1/source/{source_id}/request/{request_id}/replay': {
      options: { params: { source_id: string; request_id: string } }
      answer: InboundReplayOut
    }
    /** Create a bin: a URL that keeps what arrives, for a week unless said otherwise (`bellwire.bin.create`) */
    '/api/v1/bin': {
      options: { body?: BinIn | undefined }
      answer: BinCreatedOut
    }
    /** Check the signature of a capture with a secret that is not kept, or with its endpoint’s (`bellwire.bin.verify-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}/verify': {
      options: { params: { bin_id: string; capture_id: string }; body?: CaptureVerifyIn | undefined }
      answer: CaptureVerdictOut
    }
    /** Say whether what was expected has arrived; if not, what came instead and why not (`bellwire.bin.assert`) */
    '/api/v1/bin/{bin_id}/assert': {
      options: { params: { bin_id: string }; body?: CaptureAssertIn | undefined }
      answer: CaptureAssertOut
    }
    /** Send a capture to a URL, as it was or changed, and say what came back (`bellwire.bin.replay-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}/replay': {
      options: { params: { bin_id: string; capture_id: string }; body: CaptureReplayIn }
      answer: CaptureReplayOut
    }
    /** Answer the sender of a capture, who waits while somebody listens to the bin (`bellwire.bin.answer-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}/answer': {
      options: { params: { bin_id: string; capture_id: string }; body: CaptureAnswerIn }
      answer: CaptureAnswerOut
    }
    /** Make a bin with an endpoint that leads there, for as long as somebody listens (`bellwire.application.listen`) */
    '/api/v1/app/{app_id}/listener': {
      options: { params: { app_id: string }; body?: ListenerIn | undefined }
      answer: BinCreatedOut
    }
    /** Make a link that shows a bin, or one capture, to whoever has it; for a day unless said otherwise (`bellwire.bin.create-share`) */
    '/api/v1/bin/{bin_id}/share': {
      options: { params: { bin_id: string }; body?: BinShareIn | undefined }
      answer: BinShareCreatedOut
    }
    /** Create a bin and an endpoint that sends to it; the bin verifies with the secret of the endpoint (`bellwire.endpoint.create-with-bin`) */
    '/api/v1/app/{app_id}/bin-endpoint': {
      options: { params: { app_id: string }; body?: BinEndpointIn | undefined }
      answer: EndpointCreateWithBinOut
    }
    /** Send an example to a new bin as this endpoint would get it, and show it with its verdict (`bellwire.endpoint.create-test-bin`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/test-bin': {
      options: { params: { app_id: string; endpoint_id: string }; body?: TestBinIn | undefined }
      answer: EndpointCreateTestBinOut
    }
    /** Whether any endpoint would get such a message now (`v1.message.precheck`) */
    '/api/v1/app/{app_id}/msg/precheck/active': {
      options: { params: { app_id: string }; body: MessagePrecheckIn }
      answer: MessagePrecheckOut
    }
    /** Send a message once more to an endpoint, past all filters (`v1.message-attempt.resend`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend': {
      options: { params: { app_id: string; msg_id: string; endpoint_id: string } }
      answer: MessageAttemptResendOut
    }
    /** Count the deliveries of applications in the background (`v1.statistics.aggregate-app-stats`) */
    '/api/v1/stats/usage/app': {
      options: { body: StatisticsAggregateAppStatsIn }
      answer: StatisticsAggregateAppStatsOut
    }
    /** Create an endpoint for operational webhooks (`v1.operational-webhook.endpoint.create`) */
    '/api/v1/operational-webhook/endpoint': {
      options: { body: OperationalWebhookEndpointIn }
      answer: OperationalWebhookEndpointOut
    }
    /** Replace the signing secret; the old one signs along for a while (`v1.operational-webhook.endpoint.rotate-secret`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/secret/rotate': {
      options: { params: { operational_endpoint_id: string }; body?: EndpointRotateSecretIn | undefined }
      answer: undefined
    }
  }
  PUT: {
    /** Rename an API key (`v1.management.authentication.update-api-token`) */
    '/api/v1/management/authentication/{env_id}/api-token/{key_id}': {
      options: { params: { env_id: string; key_id: string }; body: ManagementAuthenticationUpdateApiTokenIn }
      answer: ManagementAuthenticationGetApiTokenOut
    }
    /** Create or replace an application (`v1.application.upsert`) */
    '/api/v1/app/{app_id}': {
      options: { params: { app_id: string }; body: ApplicationIn }
      answer: ApplicationOut
    }
    /** Create or replace an endpoint (`v1.endpoint.upsert`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointUpdate }
      answer: EndpointOut
    }
    /** Replace all custom headers (`v1.endpoint.set-headers`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointSetHeadersIn }
      answer: undefined
    }
    /** Say how the requests of an endpoint prove themselves; what is not named is taken away (`bellwire.endpoint.set-auth`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/auth': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointAuthIn | undefined }
      answer: undefined
    }
    /** Say where the access tokens of an endpoint come from (`v1.endpoint.set-oauth-config`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/oauth': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointOauthConfigIn }
      answer: undefined
    }
    /** Set how an endpoint is spoken to; what is absent returns to its default (`bellwire.endpoint.set-transport`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transport': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointTransportIn }
      answer: EndpointTransportOut
    }
    /** Set the filter of an endpoint; null takes it away (`bellwire.endpoint.set-filter`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/filter': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointSetFilterIn }
      answer: undefined
    }
    /** Create or replace a segment that filters in all applications may name; the path is its name (`bellwire.segment.upsert`) */
    '/api/v1/segment/{segment_name}': {
      options: { params: { segment_name: string }; body: SegmentIn }
      answer: SegmentOut
    }
    /** Create or replace a segment of an application; the path is its name (`bellwire.application.segment.upsert`) */
    '/api/v1/app/{app_id}/segment/{segment_name}': {
      options: { params: { app_id: string; segment_name: string }; body: SegmentIn }
      answer: SegmentOut
    }
    /** Add a template, or change one for all endpoints that use it; the path is its name (`bellwire.template.upsert`) */
    '/api/v1/template/{template_name}': {
      options: { params: { template_name: string }; body: TemplateIn }
      answer: TemplateOut
    }
    /** Choose a template for an endpoint, with its parameters (`bellwire.endpoint.set-template`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/template': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointSetTemplateIn }
      answer: undefined
    }
    /** Create or replace an event type; the path is its name (`v1.event-type.upsert`) */
    '/api/v1/event-type/{event_type_name}': {
      options: { params: { event_type_name: string }; body: EventTypeUpdate }
      answer: EventTypeOut
    }
    /** Set the settings of the environment; what is absent returns to its default (`v1.management.environment-settings.update`) */
    '/api/v1/management/environment-settings': {
      options: { body?: EnvironmentSettingsIn | undefined }
      answer: EnvironmentSettingsOut
    }
    /** Set when failed deliveries of an event type are tried again (`v1.event-type.set-retry-schedule`) */
    '/api/v1/event-type/{event_type_name}/retry-schedule': {
      options: { params: { event_type_name: string }; body: RetryScheduleInOut }
      answer: RetryScheduleInOut
    }
    /** List in the background which event types applications want (`v1.statistics.aggregate-event-types`) */
    '/api/v1/stats/usage/event-types': {
      options: object
      answer: MessageExpungeAllContentsOut
    }
    /** Create or replace an endpoint for operational webhooks (`v1.operational-webhook.endpoint.upsert`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}': {
      options: { params: { operational_endpoint_id: string }; body: OperationalWebhookEndpointUpsertIn }
      answer: OperationalWebhookEndpointOut
    }
    /** Replace all custom headers of an endpoint for operational webhooks (`v1.operational-webhook.endpoint.set-headers`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/headers': {
      options: { params: { operational_endpoint_id: string }; body: EndpointSetHeadersIn }
      answer: undefined
    }
    /** Say how the requests of an operational endpoint prove themselves (`bellwire.operational-webhook.endpoint.set-auth`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/auth': {
      options: { params: { operational_endpoint_id: string }; body?: EndpointAuthIn | undefined }
      answer: undefined
    }
  }
  PATCH: {
    /** Change the name or the scope of an API key (`v1.management.authentication.patch-api-token`) */
    '/api/v1/management/authentication/{env_id}/api-token/{key_id}': {
      options: { params: { env_id: string; key_id: string }; body?: ManagementAuthenticationPatchApiTokenIn | undefined }
      answer: ManagementAuthenticationGetApiTokenOut
    }
    /** Change some fields of an application (`v1.application.patch`) */
    '/api/v1/app/{app_id}': {
      options: { params: { app_id: string }; body?: ApplicationPatch | undefined }
      answer: ApplicationOut
    }
    /** Change some fields of an endpoint (`v1.endpoint.patch`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointPatch | undefined }
      answer: EndpointOut
    }
    /** Add, replace and (with null) remove custom headers (`v1.endpoint.patch-headers`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers': {
      options: { params: { app_id: string; endpoint_id: string }; body: EndpointPatchHeadersIn }
      answer: undefined
    }
    /** Change some of how requests prove themselves; secrets that are not given are kept (`bellwire.endpoint.patch-auth`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/auth': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointAuthIn | undefined }
      answer: undefined
    }
    /** Change some of how an endpoint is spoken to; null takes a certificate away (`bellwire.endpoint.patch-transport`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transport': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointTransportIn | undefined }
      answer: EndpointTransportOut
    }
    /** Change the transformation of an endpoint; other code is a new version (`v1.endpoint.transformation.patch`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transformation': {
      options: { params: { app_id: string; endpoint_id: string }; body?: EndpointTransformationPatch | undefined }
      answer: undefined
    }
    /** Change some fields of an event type (`v1.event-type.patch`) */
    '/api/v1/event-type/{event_type_name}': {
      options: { params: { event_type_name: string }; body?: EventTypePatch | undefined }
      answer: EventTypeOut
    }
    /** Change some settings of the environment (`v1.management.environment-settings.patch`) */
    '/api/v1/management/environment-settings': {
      options: { body?: EnvironmentSettingsIn | undefined }
      answer: EnvironmentSettingsOut
    }
    /** Change some fields of a poller; filters count for messages from now on (`bellwire.poller.patch`) */
    '/api/v1/app/{app_id}/poller/{poller_id}': {
      options: { params: { app_id: string; poller_id: string }; body?: PollerIn | undefined }
      answer: PollerOut
    }
    /** Change some fields of a source; null is the default again (`bellwire.source.patch`) */
    '/api/v1/source/{source_id}': {
      options: { params: { source_id: string }; body?: SourcePatch | undefined }
      answer: SourceOut
    }
    /** Set when a secret ends; null is never (`bellwire.source.patch-secret`) */
    '/api/v1/source/{source_id}/secret/{secret_id}': {
      options: { params: { source_id: string; secret_id: string }; body: SourcePatchSecretIn }
      answer: SourceSecretOut
    }
    /** Change the name, the answers or the end of a bin (`bellwire.bin.patch`) */
    '/api/v1/bin/{bin_id}': {
      options: { params: { bin_id: string }; body?: BinIn | undefined }
      answer: BinOut
    }
    /** Pin a capture: it makes no room for others (`bellwire.bin.patch-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}': {
      options: { params: { bin_id: string; capture_id: string }; body: BinPatchCaptureIn }
      answer: CaptureOut
    }
  }
  DELETE: {
    /** Delete an application and everything below it (`v1.application.delete`) */
    '/api/v1/app/{app_id}': {
      options: { params: { app_id: string } }
      answer: undefined
    }
    /** Delete an endpoint; what waits for it is not sent (`v1.endpoint.delete`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Unsubscribe; what waits for the hook is not sent (`bellwire.hook.unsubscribe`) */
    '/hooks/{hook_id}': {
      options: { params: { hook_id: string }; query?: { app_id?: string | undefined } | undefined }
      answer: undefined
    }
    /** Revoke a hook URL everywhere within a second; its hooks stay (`bellwire.hook-url.delete`) */
    '/api/v1/app/{app_id}/hook-url/{hook_url_id}': {
      options: { params: { app_id: string; hook_url_id: string } }
      answer: undefined
    }
    /** Go back to the signatures of Standard Webhooks alone (`bellwire.endpoint.delete-auth`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/auth': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Send no access tokens to an endpoint any more (`v1.endpoint.delete-oauth-config`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/oauth': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Speak to an endpoint as to any other; its certificates and key are erased (`bellwire.endpoint.delete-transport`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/transport': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Delete a segment that filters in all applications may name that no filter names (`bellwire.segment.delete`) */
    '/api/v1/segment/{segment_name}': {
      options: { params: { segment_name: string } }
      answer: undefined
    }
    /** Delete a segment of an application that no filter names (`bellwire.application.segment.delete`) */
    '/api/v1/app/{app_id}/segment/{segment_name}': {
      options: { params: { app_id: string; segment_name: string } }
      answer: undefined
    }
    /** Delete a template that no endpoint uses (`bellwire.template.delete`) */
    '/api/v1/template/{template_name}': {
      options: { params: { template_name: string } }
      answer: undefined
    }
    /** Send messages to an endpoint as they came (`bellwire.endpoint.delete-template`) */
    '/api/v1/app/{app_id}/endpoint/{endpoint_id}/template': {
      options: { params: { app_id: string; endpoint_id: string } }
      answer: undefined
    }
    /** Archive an event type, or remove it for good (`v1.event-type.delete`) */
    '/api/v1/event-type/{event_type_name}': {
      options: { params: { event_type_name: string }; query?: { expunge?: boolean | undefined } | undefined }
      answer: undefined
    }
    /** Erase the payload of a message (`v1.message.expunge-content`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/content': {
      options: { params: { app_id: string; msg_id: string } }
      answer: undefined
    }
    /** Delete a poller with its tokens and what it still had (`bellwire.poller.delete`) */
    '/api/v1/app/{app_id}/poller/{poller_id}': {
      options: { params: { app_id: string; poller_id: string } }
      answer: undefined
    }
    /** Delete a source; its URL is unknown from then on (`bellwire.source.delete`) */
    '/api/v1/source/{source_id}': {
      options: { params: { source_id: string } }
      answer: undefined
    }
    /** Delete a secret of a source: it never matches again; the last one stays (`bellwire.source.delete-secret`) */
    '/api/v1/source/{source_id}/secret/{secret_id}': {
      options: { params: { source_id: string; secret_id: string } }
      answer: undefined
    }
    /** Delete a bin with all that it holds; the endpoint of a listener goes with it (`bellwire.bin.delete`) */
    '/api/v1/bin/{bin_id}': {
      options: { params: { bin_id: string } }
      answer: undefined
    }
    /** Delete a capture (`bellwire.bin.delete-capture`) */
    '/api/v1/bin/{bin_id}/capture/{capture_id}': {
      options: { params: { bin_id: string; capture_id: string } }
      answer: undefined
    }
    /** Revoke a link to a bin (`bellwire.bin.delete-share`) */
    '/api/v1/bin/{bin_id}/share/{share_id}': {
      options: { params: { bin_id: string; share_id: string } }
      answer: undefined
    }
    /** Erase what the receiver answered to an attempt (`v1.message-attempt.expunge-content`) */
    '/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content': {
      options: { params: { app_id: string; msg_id: string; attempt_id: string } }
      answer: undefined
    }
    /** Delete an endpoint for operational webhooks; what waits for it is not sent (`v1.operational-webhook.endpoint.delete`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}': {
      options: { params: { operational_endpoint_id: string } }
      answer: undefined
    }
    /** Go back to the signatures of Standard Webhooks alone (`bellwire.operational-webhook.endpoint.delete-auth`) */
    '/api/v1/operational-webhook/endpoint/{operational_endpoint_id}/auth': {
      options: { params: { operational_endpoint_id: string } }
      answer: undefined
    }
  }
}
