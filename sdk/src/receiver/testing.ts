import { readPointer } from '../verification/body.ts'
import type { InboundRequest } from '../verification/request.ts'
import { schemeOf } from '../verification/scheme-of.ts'
import { signRequest } from '../verification/sign-request.ts'
import type { SourceOptions } from './types.ts'
import { rulesOf, toHeaders } from './verify.ts'

export type SignOptions = {
  /** When it was sent. Default: the receiver's clock. */
  at?: Date
  /** For providers that put them into headers; others have them in the payload. */
  id?: string
  type?: string
  /** Default: the source's first secret. Public keys need their private half. */
  secret?: string
  /** `signature`: changed after signing. `stale`: as old as the provider allows and a minute more. */
  break?: 'signature' | 'stale' | 'unsigned'
}

type Given = { name: string; source: SourceOptions; clock: () => Date }

/** A request as the provider would have sent it: JSON, or the text or bytes that are given. */
export async function signTest(given: Given, payload: unknown, options: SignOptions) {
  const { name, source, clock } = given
  const { provider, variant, settings } = source
  const scheme = schemeOf(provider, variant)
  const secret = options.secret ?? firstSecret(source)
  const sentAt = options.at ?? clock()
  const at = options.break === 'stale' ? stale(sentAt, given) : sentAt
  const unsigned = unsignedRequest(given, payload, options)
  const sign = async (text: string) =>
    await signRequest(unsigned, {
      scheme,
      secret: text,
      at,
      verifier: provider.verifier,
      ...(settings && { settings }),
    })
  if (options.break === 'unsigned') return toFetch(unsigned)
  const signed = await sign(secret)
  if (options.break !== 'signature') return toFetch(signed)
  if (signed.headers.length === unsigned.headers.length && signed.url === unsigned.url) {
    // The signature is in the body.
    return toFetch(await sign(changed(secret)))
  }
  if (signed.url !== unsigned.url) return toFetch({ ...signed, url: changed(signed.url) })
  const [header, value] = signed.headers.at(-1)!
  if (header === undefined) throw new TypeError(`Source "${name}" signs nothing that could break.`)
  return toFetch({ ...signed, headers: [...signed.headers.slice(0, -1), [header, changed(value)]] })
}

function firstSecret({ secrets }: SourceOptions): string {
  const [first] = secrets
  const text = typeof first === 'string' ? first : first?.secret
  if (text === undefined) throw new TypeError('There is no secret to sign with: give `secret`.')
  return text
}

function stale(at: Date, { name, source }: Given): Date {
  const scheme = schemeOf(source.provider, source.variant)
  const own = 'timestamp' in scheme ? scheme.timestamp?.tolerance : undefined
  const tolerance = source.tolerance ?? own
  if (tolerance === null || tolerance === undefined) {
    throw new TypeError(`Source "${name}" signs no time that could be stale.`)
  }
  return new Date(at.getTime() - (tolerance + 60) * 1000)
}

function unsignedRequest({ name, source }: Given, payload: unknown, { id, type }: SignOptions) {
  const rules = rulesOf(source)
  const headers: [string, string][] = [['content-type', 'application/json']]
  for (const [value, rule, what] of [
    [id, rules.id, 'id'],
    [type, rules.type, 'type'],
  ] as const) {
    if (value === undefined) continue
    const names = (rule ?? []).flat()
    const header = names.find((entry) => !entry.startsWith('/'))
    if (header !== undefined) headers.push([header, value])
    else if (!names.some((pointer) => readPointer(payload, pointer) === value)) {
      throw new TypeError(`Source "${name}" has its ${what} in the payload: put it there.`)
    }
  }
  const url = source.url ?? `https://receiver.test/${name}`
  return { method: 'POST', url, headers, body: toBytes(payload) } satisfies InboundRequest
}

function toBytes(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  return new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload))
}

/** Another text of the same alphabet, near its end but before any padding. */
function changed(text: string): string {
  const at = Math.max(0, text.length - 6)
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
}

function toFetch(request: InboundRequest): Request {
  const { method, url, body } = request
  return new Request(url, { method, headers: toHeaders(request), body: body as BodyBytes })
}

type BodyBytes = Uint8Array<ArrayBuffer>
