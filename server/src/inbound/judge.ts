// What a request at a source is: a handshake and its answer, an event that is proven, or neither and
// why. Decides and stores nothing; bytes are verified before anything of them is read.
import {
  answerHandshake,
  diagnose,
  type Extracted,
  extractEvents,
  type FetchKey,
  type InboundRequest,
  type Scheme,
  signedUrl,
  type Verdict,
  verifyScheme,
  WebhookError,
} from '@bellwire/sdk/verification'
import type { SourceSecretId } from '../domain/ids.ts'
import type { Finding, InboundVerification, RawRequest } from '../domain/source.ts'
import type { DoorAnswer } from './exchange.ts'
import type { OpenSource } from './known-sources.ts'
import { type Plan, planOf } from './plan.ts'
import { addressesOf } from './source-problem.ts'

export type Judgement =
  | { kind: 'handshake'; answer: DoorAnswer; capture: string | null; confirm: string | null }
  | {
      kind: 'rejected'
      status: number
      reason: string
      findings: Finding[]
      /** Looks for what would have matched. */
      explain?: () => Promise<Finding[]>
    }
  /** Not a POST and no handshake, so no event; some providers sign these too, when they ask. */
  | { kind: 'method'; isProven: boolean }
  | {
      kind: 'verified'
      plan: Plan
      verification: InboundVerification
      events: Extracted[]
      nonce: string | null
    }

export type JudgeDeps = { clock(): Date; fetchKey: FetchKey }

export async function judge(
  { source, secrets, verifyToken }: OpenSource,
  raw: RawRequest,
  { clock, fetchKey }: JudgeDeps,
): Promise<Judgement> {
  const { settings } = source
  const now = clock()
  const plan = planOf(settings)
  const { preset, scheme } = plan
  const { allowedAddresses } = settings
  if (allowedAddresses.length > 0 && !isAllowed(raw.remoteAddress, allowedAddresses)) {
    const message = `${raw.remoteAddress} is not among the addresses that the source allows.`
    return {
      kind: 'rejected',
      status: 401,
      reason: 'address_not_allowed',
      findings: [{ code: 'address', message }],
    }
  }
  const request: InboundRequest = { ...raw, url: raw.target }
  const active = newestFirst(secrets)
  const given = active.map(({ value, expiresAt }) => ({ secret: value, until: expiresAt }))
  const check = {
    scheme,
    secrets: given,
    url: settings.publicUrl === null ? null : signedUrl(settings.publicUrl, raw.target),
    now,
    ...(settings.toleranceSeconds !== null && { tolerance: settings.toleranceSeconds }),
    settings: {
      topicArns: settings.allowedTopics,
      ...(settings.webhookId !== null && { webhookId: settings.webhookId }),
    },
    fetchKey,
    verifier: preset.verifier,
  }
  let verdict: Promise<Verdict> | undefined
  const verify = () => {
    verdict ??= verifyScheme(request, check)
    return verdict
  }

  const handshake = await answerHandshake(request, preset, {
    ...{ scheme, secrets: given, now, verify, verifyToken },
    allowedOrigins: settings.allowedOrigins,
  })
  if (handshake?.kind === 'answered') return { ...handshake, kind: 'handshake' }
  if (handshake?.kind === 'rejected') return rejectedBy(handshake.error, handshake.status)
  const isEvent = raw.method === 'POST'
  if (!isEvent && !signsMethod(scheme)) return { kind: 'method', isProven: false }

  const verified = await verify()
  if (!verified.ok) {
    const explain = async () => toFindings(await diagnose(request, { ...check, fetchKey: null }))
    return { ...rejectedBy(verified.error), explain }
  }
  if (!isEvent) return { kind: 'method', isProven: true }
  const { bodyAuthenticated, skewSeconds, secretIndex, nonce = null } = verified
  const secretId: SourceSecretId | null = active[secretIndex]?.id ?? null
  const verification = { scheme: scheme.kind, secretId, skewSeconds, bodyAuthenticated }
  try {
    assertReadable(request)
    const events = await extractEvents(request, preset, {
      ...{ scheme, bodyAuthenticated },
      split: plan.split,
    })
    return { kind: 'verified', plan, verification, events, nonce }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return rejectedBy(error, settings.unreadableStatus)
  }
}

const signsMethod = (scheme: Scheme) =>
  ('signed' in scheme && scheme.signed?.includes('{method}') === true) ||
  (scheme.kind === 'custom' && ['hubspot-legacy', 'contentful'].includes(scheme.verifier))

/** Of several that would do, the one that the provider was told of last. */
const newestFirst = (secrets: OpenSource['secrets']) => secrets.toReversed()

const rejectedBy = (error: WebhookError, status = error.status) => ({
  kind: 'rejected' as const,
  status,
  reason: error.code,
  findings: [{ code: error.code, message: error.message }, ...toFindings(error.findings)],
})

const toFindings = (findings: WebhookError['findings']): Finding[] =>
  findings.map(({ code, sentence, remedy }) => ({ code, message: sentence, remedy }))

function isAllowed(address: string, ranges: string[]): boolean {
  return addressesOf(ranges).check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/** What says that it is JSON must be JSON; an empty body says nothing. */
function assertReadable({ headers, body }: InboundRequest) {
  const headerValue = (wanted: string) =>
    headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const isJson = JSON_TYPE.test(headerValue('content-type') ?? '')
  if (!isJson || body.length === 0 || headerValue('content-encoding') !== undefined) return
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch (cause) {
    const message = 'The signature is right, but the body is no JSON.'
    throw new WebhookError('payload_unreadable', message, { cause })
  }
}
