// A test event as the request that its provider would send: signed, or wrongly on purpose.
import { type InboundRequest, schemeOf, signRequest } from '@bellwire/sdk/verification'
import { parseHeader, readBytes } from './captured-request.ts'
import { stampOf, type TestEvent } from './events/event.ts'
import { CommandError } from './failures.ts'
import { change, isChanged, type JsonChanges } from './json-changes.ts'
import { providerNamed } from './known-scheme.ts'

export type Changes = JsonChanges & {
  secret?: string
  variant?: string
  /** `Name: value`: instead of the event's own. */
  header?: string[]
  body?: string
  /** Seconds. */
  stale?: number
  badSignature?: boolean
  unsigned?: boolean
}
type Wanted = Changes & { signedFor: string }

/** Each time with an id and a time of its own. */
export async function requestOf(event: TestEvent, wanted: Wanted): Promise<InboundRequest> {
  const at = new Date(Date.now() - (wanted.stale ?? 0) * 1000)
  const stamp = stampOf(at)
  const isForm = 'form' in event
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  if (isChanged(wanted) && (isForm || wanted.body !== undefined)) {
    const what = wanted.body === undefined ? 'the event is a form' : '--body gives all of it'
    throw new CommandError(`--set, --add, --unset: ${what}; they change JSON`, 2)
  }
  const bodyOf = async () => {
    if (wanted.body !== undefined) return readBytes(wanted.body)
    if (isForm) return Buffer.from(new URLSearchParams(event.form(stamp)).toString())
    const json = event.json(stamp)
    change(json, wanted)
    return Buffer.from(JSON.stringify(json))
  }
  const request: InboundRequest = {
    method: 'POST',
    url: wanted.signedFor,
    headers: withHeaders(
      [['Content-Type', type], ...Object.entries(event.headers?.(stamp) ?? {})],
      wanted.header ?? [],
    ),
    body: await bodyOf(),
  }
  if (wanted.unsigned) return request
  if (wanted.secret === undefined) {
    throw new CommandError('Give the --secret that the receiver has, or send it --unsigned', 2)
  }
  const preset = providerNamed(event.provider)
  const secret = wanted.badSignature ? otherThan(wanted.secret) : wanted.secret
  try {
    const scheme = schemeOf(preset, wanted.variant)
    return await signRequest(request, { scheme, secret, at, verifier: preset.verifier })
  } catch (error) {
    throw new CommandError(
      `It cannot be signed as ${preset.title} does: ${(error as Error).message}`,
      2,
    )
  }
}

function withHeaders(own: [string, string][], lines: string[]): [string, string][] {
  const given = lines.map((line) => parseHeader(line, '--header'))
  const named = new Set(given.map(([name]) => name.toLowerCase()))
  return [...own.filter(([name]) => !named.has(name.toLowerCase())), ...given]
}

/** As long and of the same letters, so that it is a secret of the same kind. */
function otherThan(secret: string): string {
  const middle = Math.floor(secret.length / 2)
  const index = secret.slice(middle).search(/[A-Za-z0-9]/) + middle
  const other = secret[index] === 'a' ? 'b' : 'a'
  return secret.slice(0, index) + other + secret.slice(index + 1)
}
