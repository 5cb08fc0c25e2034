import type { InboundRequest } from './request.ts'
import type { CustomScheme, JwtScheme, PublicKeyScheme, SecretScheme } from './scheme.ts'

/** A secret in use. The index is its place in the list that was given. */
export type ActiveSecret = { secret: string; index: number }

/** What comes from outside: always through the guard of whoever runs this, cached and bounded. */
export type FetchKey = (
  wanted: /** The PEM behind an address whose pattern was checked already. */
    | { kind: 'certificate'; url: string }
    /** The JSON Web Key that a token names. */
    | { kind: 'jwk'; keyId: string },
) => Promise<string | PublicJwk>

/** A JSON Web Key, as its provider gives it. */
export type PublicJwk = Record<string, unknown>

/** What a source fixes for its provider. */
export type Settings = {
  /** PayPal: the id of the webhook as it was registered. */
  webhookId?: string
  /** Amazon SNS: topics that may send here. */
  topicArns?: string[]
}

export type VerifyContext = {
  scheme: CustomScheme
  secrets: ActiveSecret[]
  /** The address as the provider was given it, with the query that came; null when nobody knows. */
  url: string | null
  now: Date
  settings: Settings
  fetchKey: FetchKey | null
}

/**
 * The code behind the kinds of schemes that are not HMAC. It comes with the presets that need it, so
 * that a receiver of one provider does not carry that of all.
 */
export type Checkers = {
  publicKey?: Checker<PublicKeyScheme>
  secret?: Checker<SecretScheme>
  jwt?: Checker<JwtScheme>
}

type Checker<S> = (request: InboundRequest, scheme: S, given: CheckGiven) => Promise<Checked>

export type CheckGiven = Pick<VerifyContext, 'secrets' | 'url' | 'now' | 'fetchKey'>

/** What a right signature says. Wrong ones are thrown, as `WebhookError`. */
export type Checked = {
  secretIndex: number
  /** How far our clock is ahead of the sender's; null where no time is signed. */
  skewSeconds: number | null
  bodyAuthenticated: boolean
  /** Must not be used twice: remember it. */
  nonce?: string
}

export type SignContext = {
  scheme: CustomScheme
  secret: string
  at: Date
  settings: Settings
}

/** The code of a `custom` scheme. */
export type CustomVerifier = {
  verify(request: InboundRequest, context: VerifyContext): Promise<Checked>
  sign(request: InboundRequest, context: SignContext): Promise<InboundRequest>
  /** No secret of ours is involved: the key is fetched. */
  secretless?: true
}
