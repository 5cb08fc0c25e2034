// What the server and other hosts of many providers build on. A receiver needs `verify` only.

export { needsSecret, type VerifyGiven } from './verification/check-request.ts'
export { type DiagnoseGiven, diagnose, expectedContent } from './verification/diagnose.ts'
export { type Extracted, extractEvents } from './verification/extract.ts'
export type { ExtractRules } from './verification/extract-event.ts'
export {
  answerHandshake,
  type HandshakeGiven,
  type HandshakeResult,
} from './verification/handshake.ts'
export type { Answer, Expr, Handshake, Preset, Rule } from './verification/preset.ts'
export { proofPlaces, type Recognised, recogniseProviders } from './verification/recognise.ts'
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
export { assertUsable, type Verdict, verifyScheme } from './verification/verify-scheme.ts'
export { type Finding, WebhookError, type WebhookErrorCode } from './verification/webhook-error.ts'
export { withPlace } from './verification/with-place.ts'
