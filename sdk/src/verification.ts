// What the server and other hosts of many providers build on. A receiver needs `verify` only.
export { type Extracted, type ExtractRules, extractEvents } from './verification/extract.ts'
export {
  answerHandshake,
  type HandshakeGiven,
  type HandshakeResult,
} from './verification/handshake.ts'
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
export { schemeOf, variantsOf } from './verification/scheme-of.ts'
export type { SecretIn } from './verification/secrets.ts'
export { type SignGiven, signRequest } from './verification/sign-request.ts'
export type { CustomVerifier, FetchKey, PublicJwk, Settings } from './verification/verifier.ts'
export {
  assertUsable,
  needsSecret,
  type Verdict,
  type VerifyGiven,
  verifyScheme,
} from './verification/verify-scheme.ts'
export { type Finding, WebhookError, type WebhookErrorCode } from './verification/webhook-error.ts'
export { withPlace } from './verification/with-place.ts'
