// How a request proves who sent it, as data: what a preset holds, what the API takes as a scheme of
// one's own, and what verify-scheme.ts carries out. Nothing here is a function, so all of it is JSON.

export type Scheme = HmacScheme | PublicKeyScheme | SecretScheme | JwtScheme | CustomScheme

/** Where something stands in a request. Of several headers, or a header and the query, any may match. */
export type Place =
  | { headers: string[] }
  | { query: string }
  /** Both are looked at. */
  | { headers: string[]; query: string }

/** A header that holds several fields, as `t=1,v1=ab,v1=cd`: items, each a name and a value. */
export type FieldList = { item: string; pair: string; field: string }

export type Timestamp = {
  /** `list`: a field of the signature's list. `body`: a JSON pointer, read after the signature. */
  from: 'header' | 'list' | 'body' | 'query'
  name: string
  unit: 's' | 'ms' | 'iso'
  /** Seconds, both ways, the edge included; null when the provider defines none. */
  tolerance: number | null
}

type Signed = {
  /**
   * What the signature covers: literal text and `{body} {t} {h:name} {q:name} {method} {url}
   * {url:hubspot}`.
   */
  signed?: string
  timestamp?: Timestamp
  /**
   * Beginnings of header names that mean the same: names that begin with the first are looked for
   * under the others too, as one whole set and never mixed.
   */
  families?: string[]
  /** Headers that are signed must be 1–256 of [A-Za-z0-9_-]: else `id.t.body` could be cut twice. */
  plainHeaders?: true
}

export type HmacScheme = Signed & {
  kind: 'hmac'
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64' | 'base64url'
  /** Hex in capitals is taken too. */
  anyCase?: boolean
  signature: Place & { prefix?: string; list?: FieldList }
  /** Default: the UTF-8 bytes of the secret. */
  key?: {
    encoding: 'utf8' | 'hex' | 'base64'
    stripPrefix?: string
    minBytes?: number
    maxBytes?: number
  }
  /** How many signatures of a request are looked at. Default 16. */
  candidates?: number
}

export type PublicKeyScheme = Signed & {
  kind: 'publicKey'
  algorithm: 'ed25519' | 'ecdsa-p256' | 'rsa-sha1' | 'rsa-sha256'
  signature: Place & {
    encoding: 'hex' | 'base64' | 'base64-der'
    prefix?: string
    list?: FieldList
  }
  key: { encoding: 'raw-hex' | 'raw-base64' | 'spki-base64' | 'pem'; stripPrefix?: string }
}

/** The secret itself is sent. It proves the sender, and nothing about the body. */
export type SecretScheme = {
  kind: 'secret'
  /** `body`: a JSON pointer, where `*` stands for every item of a list and all of them must match. */
  in: Place | { basic: true } | { body: string }
  /** The secret may also stand after `Bearer `. */
  scheme?: 'bearer'
}

export type JwtScheme = {
  kind: 'jwt'
  in: Place
  /** Exactly one: what the token says of itself is never believed. */
  algorithms: ['HS256' | 'ES256' | 'RS256']
  /** The claim with the SHA-256 of the body. Without one the token proves the sender only. */
  bodyClaim?: { name: string; encoding: 'hex' | 'base64' }
  /** The claim with the SHA-256 of the URL, in hex. */
  urlClaim?: string
  /** Seconds since `iat` after which the token is too old. */
  maxAge?: number
  /** The key is the provider's, named by the token's `kid`: given as a secret, or through `fetchKey`. */
  keyFrom?: 'provider'
}

export type CustomScheme = {
  kind: 'custom'
  verifier: VerifierName
  /** What the preset fixes for its verifier. */
  version?: 'v1' | 'v2'
}

export type VerifierName =
  | 'twilio'
  | 'mandrill'
  | 'paypal'
  | 'aws-sns'
  | 'adyen-standard'
  | 'mailgun'
  | 'hubspot-legacy'
  | 'contentful'
