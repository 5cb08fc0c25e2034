// A vector as a source of its own on a running server, and its request through the door.
import { isDeepStrictEqual } from 'node:util'
import { presetOf } from '@bellwire/sdk/providers/all'
import { type FetchKey, needsSecret, schemeOf, variantsOf } from '@bellwire/sdk/verification'
// What PayPal signs is compared as text: the vector has no certificate.
import { paypalSignedString } from '../../../sdk/src/verifiers/paypal.ts'
import { type RawReply, rawRequest } from './raw-request.ts'
import type { Vector } from './vector.ts'

/** What stands in for time and for certificates; a vector at a time sets them. */
export type Stage = { clock: () => Date; fetchKey: FetchKey }

export type Live = {
  url: string
  call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>
  application: string
}

// The certificate among the vectors counts from the end of 2026.
const NO_MATTER_WHEN = new Date('2027-01-01')

export function createStage() {
  let now = NO_MATTER_WHEN
  let cert: string | null = null
  let fetched: string[] = []
  return {
    deps: {
      clock: () => now,
      async fetchKey(wanted) {
        if (wanted.kind !== 'certificate') throw new Error('vectors have no other keys')
        fetched.push(wanted.url)
        if (cert === null) throw new Error('the vector has no certificate')
        return cert
      },
    } satisfies Stage,
    set(vector: Vector) {
      now = vector.now === undefined ? NO_MATTER_WHEN : new Date(vector.now * 1000)
      cert = vector.cert ?? null
      fetched = []
    },
    fetched: () => fetched,
  }
}

/** Null when it came out as the vector says, else what did not. */
export async function runVector(
  vector: Vector,
  live: Live,
  stage: ReturnType<typeof createStage>,
): Promise<string | null> {
  stage.set(vector)
  switch (vector.check) {
    case 'signed-string':
      return signedStringProblem(vector)
    case 'cert-url': {
      await send(certificateProbe(vector), live)
      const wasAsked = stage.fetched().includes(vector.certUrl!)
      return same('whether the certificate is fetched', wasAsked, vector.expect)
    }
    case 'verify':
    case 'respond':
    case 'verify-and-respond': {
      const reply = await send(vector, live)
      return (
        (vector.check === 'respond' ? null : verdictProblem(vector, reply)) ??
        (vector.check === 'verify' ? null : replyProblem(vector, reply))
      )
    }
    default:
      return `the check ${JSON.stringify(vector.check satisfies never)} is not known`
  }
}

/** A source that could not be made is a rejection too, if it is for its secret. */
type Reply = RawReply | { refusedAtOnce: string }

async function send(vector: Vector, { url, call, application }: Live): Promise<Reply> {
  const created = await call('POST', '/source', { application, ...sourceOf(vector) })
  const { url: door } = created.body as { url?: string }
  if (door === undefined) return { refusedAtOnce: JSON.stringify(created.body) }
  const { search } = new URL(vector.url ?? 'http://localhost')
  const query = search === '' ? '' : vector.url!.slice(vector.url!.indexOf('?'))
  return rawRequest({
    port: Number(new URL(url).port),
    method: vector.method ?? 'POST',
    target: new URL(door).pathname + query,
    headers: Object.entries(vector.headers ?? {}).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
    body: Buffer.from(vector.body ?? ''),
  })
}

/** What the vector says of its source, and what it leaves open. */
function sourceOf(vector: Vector): object {
  const { provider, variant, scheme, url, verifyToken, webhookId } = vector
  const preset = presetOf(provider)
  if (preset === null) return { provider }
  const known = variant !== undefined && variantsOf(preset).includes(variant) ? { variant } : {}
  const captures = preset.handshakes?.some(({ capture }) => capture !== undefined) ?? false
  const takesSecret = needsSecret(schemeOf(preset, known.variant), preset.verifier)
  const given = [vector.secret, vector.publicKey].filter((text) => text !== undefined)
  const isFree = given.length === 0 && takesSecret && !captures
  return {
    provider,
    ...known,
    ...(scheme !== undefined && { scheme }),
    secrets: (isFree ? ['this vector has no secret'] : given).map((value) => ({ value })),
    // Signed by some; the others do not mind.
    publicUrl: url ?? 'https://example.com/hooks',
    verifyToken: verifyToken ?? 'this vector has no token',
    ...(webhookId !== undefined && { webhookId }),
    allowedOrigins: ['*'],
    ...(provider === 'aws-sns' && { allowedTopics: [topicOf(vector) ?? 'none'] }),
  }
}

function topicOf({ body = '' }: Vector): string | undefined {
  try {
    return (JSON.parse(body) as { TopicArn?: string }).TopicArn
  } catch {
    return undefined
  }
}

function certificateProbe(vector: Vector): Vector {
  const notification = {
    Type: 'Notification',
    MessageId: 'probe',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:probe',
    Message: 'probe',
    Timestamp: '2027-01-01T00:00:00.000Z',
    SignatureVersion: '2',
    Signature: Buffer.alloc(256).toString('base64'),
    SigningCertURL: vector.certUrl,
  }
  const headers = { 'x-amz-sns-message-type': 'Notification' }
  return { ...vector, headers, body: JSON.stringify(notification) }
}

const REJECTIONS = [400, 401, 403]

function verdictProblem({ expect, headers }: Vector, reply: Reply): string | null {
  if ('refusedAtOnce' in reply) {
    const isForSecret = /"secrets"/.test(reply.refusedAtOnce)
    return expect === false && isForSecret ? null : `no source: ${reply.refusedAtOnce}`
  }
  const { status } = reply
  if (status >= 200 && status < 300) return same('accepted', true, expect)
  if (REJECTIONS.includes(status)) return same('accepted', false, expect)
  return `answered ${status} to ${JSON.stringify(headers)}`
}

function replyProblem({ expectResponse: expected }: Vector, reply: Reply): string | null {
  if (expected === undefined) return 'expectResponse is missing'
  if ('refusedAtOnce' in reply) return `no source: ${reply.refusedAtOnce}`
  const headers = new Map(reply.headers)
  const text = reply.body.toString('utf8')
  return (
    same('status', reply.status, expected.status) ??
    (expected.contentType === undefined
      ? null
      : same('content type', headers.get('content-type')?.split(';')[0], expected.contentType)) ??
    (expected.text === undefined ? null : same('body', text, expected.text)) ??
    (expected.json === undefined ? null : same('body', jsonOf(text), expected.json)) ??
    Object.entries(expected.headers ?? {})
      .map(([name, value]) => same(`header ${name}`, headers.get(name.toLowerCase()), value))
      .find((problem) => problem !== null) ??
    null
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function signedStringProblem({ method = 'POST', url = '/', headers = {}, ...rest }: Vector) {
  const request = {
    ...{ method, url },
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as const),
    body: new TextEncoder().encode(rest.body ?? ''),
  }
  if (rest.provider !== 'paypal') return `no signed string of ${rest.provider} is known`
  return same('signed string', paypalSignedString(request, rest.webhookId), rest.signed)
}

const same = (what: string, is: unknown, wanted: unknown): string | null =>
  isDeepStrictEqual(is, wanted)
    ? null
    : `${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(is)}`
