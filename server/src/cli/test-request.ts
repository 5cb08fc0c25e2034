// A test event as the request that its provider would send: signed, or wrongly on purpose.
import { type InboundRequest, schemeOf, signRequest } from '@bellwire/sdk/verification'
import { readBytes } from './captured-request.ts'
import { stampOf, type TestEvent } from './events/event.ts'
import { CommandError } from './failures.ts'
import { providerNamed } from './known-scheme.ts'

export type Changes = {
  secret?: string
  variant?: string
  set?: string[]
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
  const bodyOf = async () => {
    if (wanted.body !== undefined) return readBytes(wanted.body)
    if (isForm) return Buffer.from(new URLSearchParams(event.form(stamp)).toString())
    const json = event.json(stamp)
    for (const assignment of wanted.set ?? []) assign(json, assignment)
    return Buffer.from(JSON.stringify(json))
  }
  const request: InboundRequest = {
    method: 'POST',
    url: wanted.signedFor,
    headers: [['Content-Type', type], ...Object.entries(event.headers?.(stamp) ?? {})],
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

/** A path with dots and a value, JSON or else text: `data.object.amount_paid=100`. */
function assign(target: object, assignment: string): void {
  const [, path, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
  if (path === undefined || text === undefined) {
    throw new CommandError(`--set: expected path=value, got ${JSON.stringify(assignment)}`, 2)
  }
  const steps = path.split('.')
  const last = steps.pop()!
  let place = target as Record<string, unknown>
  for (const step of steps) {
    const next = Object.hasOwn(place, step) ? place[step] : undefined
    if (typeof next !== 'object' || next === null) {
      throw new CommandError(`--set ${path}: there is no ${step} to set something in`, 2)
    }
    place = next as Record<string, unknown>
  }
  Object.defineProperty(place, last, {
    ...{ value: parsed(text), enumerable: true, configurable: true, writable: true },
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** As long and of the same letters, so that it is a secret of the same kind. */
function otherThan(secret: string): string {
  const middle = Math.floor(secret.length / 2)
  const index = secret.slice(middle).search(/[A-Za-z0-9]/) + middle
  const other = secret[index] === 'a' ? 'b' : 'a'
  return secret.slice(0, index) + other + secret.slice(index + 1)
}
