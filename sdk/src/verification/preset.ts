import type { Scheme } from './scheme.ts'
import type { Checkers, CustomVerifier } from './verifier.ts'

/**
 * What is known of a provider: how it signs, where its ids are, what it asks before it sends. Adding
 * one is a file in providers/, a line in providers/all.ts and its vectors (docs/providers.md).
 */
export type Preset = {
  name: string
  title: string
  /** One scheme, or several by variant: the first is the default, and none falls back on another. */
  scheme: Scheme | Record<string, Scheme>
  /** The code of schemes that are not `hmac`. */
  checkers?: Checkers
  /** The code behind a `custom` scheme. */
  verifier?: CustomVerifier
  /** Where and how is chosen by the user, who gives the place (`withPlace`) or a whole scheme. */
  chosen?: 'place' | 'scheme'
  /** What to deduplicate on; the digest of the body where none of it is present. */
  id?: Rule
  /** `none`: equal bodies are different events, so not even the digest tells. */
  dedupe?: 'none'
  type?: Rule
  at?: Rule
  /** JSON pointer to the list of events of a body (`''`: the body is one); rules look into each item. */
  split?: string
  /** The field of a form that holds JSON. */
  formField?: string
  handshakes?: Handshake[]
  /** What this provider wants to hear. Default: 200 with an empty body. */
  answer?: Answer
  /** Seconds until the provider gives up on an answer. */
  replyWithin: number
  /** A secret that counts only while the source is being set up. */
  setupSecret?: string
  /** Query parameters that are secrets, to be blanked in logs and captures. */
  redactQuery?: string[]
  docs: string
}

/** Header names or JSON pointers, the first present wins; a list is several that count together. */
export type Rule = (string | string[])[]

export type Answer = { status: number; headers?: Record<string, string>; body?: string }

/**
 * `{query:x} {header:x} {body:/pointer} {hmac:sha256:hex|base64:<Expr>}`, and text around them;
 * `{header:x|else}` when it may be absent.
 */
export type Expr = string

export type Handshake = {
  /** All of it must hold. */
  when: {
    method: string
    /** Names, or `name=value`. */
    query?: string[]
    header?: string | { name: string; equals: string }
    body?: { pointer: string; equals?: unknown } | { form: string }
  }
  /** `if-present`: one that is there must be right. */
  signature: 'required' | 'if-present' | 'none'
  /** Compared in constant time; else `otherwise`. */
  check?: { query: string; equals: 'verifyToken' }
  /** What values that are answered must look like: an echo of anything is an oracle. */
  accepts?: Record<Expr, string>
  answer: {
    status: number
    type?: 'text/plain' | 'application/json'
    text?: Expr
    json?: Record<string, unknown>
    headers?: Record<string, Expr>
  }
  otherwise?: { status: number }
  /** Only where the source has no secret yet: an existing one is never replaced. */
  capture?: { from: Expr; as: 'secret'; once: true }
  /** The origin asking must be among those the source allows. */
  origin?: { header: string }
  /** An address to be called for the handshake to be complete, after `guard` matched all of it. */
  confirm?: { url: Expr; pattern: string }
}
