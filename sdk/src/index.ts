export { type WebhookErrorCode, WebhookVerificationError } from './errors.ts'
export type { WebhookHeaders } from './headers.ts'
export { parseSecret, type Secret } from './secret.ts'
export { type SignedHeaders, type SignInput, sign } from './sign.ts'
export {
  type Verified,
  type VerifyOptions,
  verify,
  verifyRequest,
  verifySignature,
} from './verify.ts'
