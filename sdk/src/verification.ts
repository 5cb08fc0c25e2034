// What the server and other hosts of many providers build on. A receiver needs `verify` only.
export type { Answer, Expr, Handshake, Preset, Rule } from './verification/preset.ts'
export { type InboundRequest, signedUrl } from './verification/request.ts'
export type {
  CustomScheme,
  HmacScheme,
  JwtScheme,
  Place,
  PublicKeyScheme,
  Scheme,
  SecretScheme,
  Timestamp,
} from './verification/scheme.ts'
export type { SecretIn } from './verification/secrets.ts'
export type { CustomVerifier, FetchKey, PublicJwk, Settings } from './verification/verifier.ts'
export {
  assertUsable,
  needsSecret,
  type Verdict,
  type VerifyGiven,
  verifyScheme,
} from './verification/verify-scheme.ts'
export { type Finding, WebhookError, type WebhookErrorCode } from './verification/webhook-error.ts'
