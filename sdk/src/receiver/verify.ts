import { readBody } from '../verification/body.ts'
import { checkRequest } from '../verification/check-request.ts'
import { extractEvent } from '../verification/extract-event.ts'
import type { Preset, Rule } from '../verification/preset.ts'
import { type InboundRequest, signedUrl } from '../verification/request.ts'
import type { Scheme } from '../verification/scheme.ts'
import { schemeOf } from '../verification/scheme-of.ts'
import type { SecretIn } from '../verification/secrets.ts'
import { inFamily } from '../verification/signed-content.ts'
import type { Checked, FetchKey, Settings } from '../verification/verifier.ts'
import { type Finding, WebhookError } from '../verification/webhook-error.ts'
import { type Input, readInput } from './input.ts'

export { type Finding, WebhookError, type WebhookErrorCode } from '../verification/webhook-error.ts'
export type { HeadersIn, Input, RawInput } from './input.ts'

export type VerifyOptions = {
  /** From `@bellwire/sdk/providers/<name>`, or `hmac({ … })` of the receiver. */
  provider: Preset
  /** Of providers that sign in several ways. */
  variant?: string
  /** All that count now, the newest first. Undefined and empty ones throw `secret_missing`. */
  secrets: readonly SecretIn[]
  /** The public URL as the provider has it: needed where it is signed. */
  url?: string
  /** Seconds, instead of the provider's own. */
  tolerance?: number
  /** Default: the time of the call. */
  now?: Date
  /** Where the id and the type are, instead of the provider's rules. */
  id?: Rule | string
  type?: Rule | string
  settings?: Settings
  /** For providers whose keys are fetched (`aws-sns`, `paypal`, `plaid`). */
  fetchKey?: FetchKey
  /** Larger bodies are refused. Default 25 MiB. */
  maxBytes?: number
}

/** A request that is from its provider. */
export type WebhookEvent = {
  /** What to deduplicate on, together with the type; null where the provider gives nothing. */
  id: string | null
  type: string | null
  /** When it happened, if the provider says so. */
  at: Date | null
  raw: Uint8Array
  headers: Headers
  /** The body parsed; throws `payload_unreadable` when it cannot be. */
  json(): unknown
  verification: { scheme: Scheme['kind'] } & Checked
  /** What the operator should know though all is right. */
  findings: Finding[]
}

const MAX_BYTES = 25 * 1024 * 1024

/**
 * The event of a request that is from its provider. Everything else throws `WebhookError`, whose
 * `code` is for your log and whose `toResponse` is for the sender.
 */
export async function verify(input: Input, options: VerifyOptions): Promise<WebhookEvent> {
  const { request, findings } = await readInput(input, options.maxBytes ?? MAX_BYTES)
  const checked = await verifyInbound(request, options, findings)
  const scheme = schemeOf(options.provider, options.variant)
  const rules = rulesOf(options)
  const { id, type, at } = await extractEvent(inFamily(request, scheme), rules)
  return {
    id,
    type,
    at,
    raw: request.body,
    headers: toHeaders(request),
    json: () => readBody(request, rules.formField).json(),
    verification: { scheme: scheme.kind, ...checked },
    findings,
  }
}

/** Throws what is wrong, with what was noticed before beside it. */
export async function verifyInbound(
  request: InboundRequest,
  options: VerifyOptions,
  findings: Finding[],
): Promise<Checked> {
  const { provider, variant, url, now = new Date() } = options
  const { verifier, checkers } = provider
  const scheme = schemeOf(provider, variant)
  const publicUrl = url === undefined ? null : signedUrl(url, request.url)
  try {
    return await checkRequest(request, {
      ...options,
      scheme,
      url: publicUrl,
      now,
      verifier,
      checkers,
    })
  } catch (error) {
    if (error instanceof WebhookError) error.findings.push(...findings)
    throw error
  }
}

/** The provider's rules with those of the options in front of them. */
export function rulesOf({ provider, id, type }: VerifyOptions): Preset {
  return {
    ...provider,
    ...(id !== undefined && { id: [id].flat() }),
    ...(type !== undefined && { type: [type].flat() }),
  }
}

export const toHeaders = ({ headers }: InboundRequest) =>
  new Headers(headers.map(([name, value]): [string, string] => [name, value]))
