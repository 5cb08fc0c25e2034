import { parseJson } from './body.ts'
import { describe, readPlace } from './candidates.ts'
import { isSameSecret } from './encoding.ts'
import { headerValue, type InboundRequest } from './request.ts'
import type { SecretScheme } from './scheme.ts'
import type { ActiveSecret, Checked } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

/** The sender is who knows the secret; what the body says is not vouched for. */
export async function verifySecret(
  request: InboundRequest,
  scheme: SecretScheme,
  { secrets }: { secrets: ActiveSecret[] },
): Promise<Checked> {
  const sent = readSecrets(request, scheme)
  for (const { secret, index } of secrets) {
    const matches = await Promise.all(
      sent.map(async (spellings) => {
        const same = await Promise.all(spellings.map((text) => isSameSecret(text, secret)))
        return same.includes(true)
      }),
    )
    if (matches.every(Boolean)) {
      return { secretIndex: index, skewSeconds: null, bodyAuthenticated: false }
    }
  }
  throw new WebhookError('signature_mismatch', 'The secret that was sent is none of the source’s.')
}

/** What must match, each in the spellings in which it counts; never empty. */
function readSecrets(request: InboundRequest, { in: place, scheme }: SecretScheme): string[][] {
  if ('basic' in place) return [[readBasic(request)]]
  if ('body' in place) return readItems(request, place.body).map((text) => [text])
  const values = readPlace(request, place, { several: 'refused' })
  const [text] = values
  if (values.length > 1) {
    throw new WebhookError('signature_ambiguous', `${describe(place)}: the secret comes twice.`)
  }
  if (!text) throw new WebhookError('signature_malformed', `${describe(place)} is empty.`)
  const bearer = scheme === 'bearer' ? /^Bearer +(.+)$/i.exec(text)?.[1] : undefined
  return [bearer === undefined ? [text] : [text, bearer]]
}

function readBasic(request: InboundRequest): string {
  const header = headerValue(request, 'authorization')
  if (header === undefined) {
    throw new WebhookError('signature_missing', 'The header authorization is missing.')
  }
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1]
  try {
    const bytes = Uint8Array.from(atob(encoded ?? '!'), (char) => char.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const message = 'The header authorization is not Basic with user:password in base64.'
    throw new WebhookError('signature_malformed', message)
  }
}

// `/value/*/clientState` is the text of every item; an empty list proves nothing.
function readItems(request: InboundRequest, pointer: string): string[] {
  let found = [readJson(request)]
  for (const token of pointer.slice(1).split('/')) {
    found = found.flatMap((value) => {
      if (token === '*') return Array.isArray(value) ? value : [undefined]
      const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, token)
      return [isObject ? (value as Record<string, unknown>)[token] : undefined]
    })
  }
  const texts = found.filter((value) => typeof value === 'string' && value !== '')
  if (texts.length === found.length && texts.length > 0) return texts as string[]
  throw new WebhookError('signature_missing', `The body has no text at ${pointer} in every item.`)
}

/** A body that cannot be read holds no secret: that is a rejection, not a bad request. */
function readJson(request: InboundRequest): unknown {
  try {
    return parseJson(request.body)
  } catch (cause) {
    const message = 'The secret is in the body, which is not JSON.'
    throw new WebhookError('signature_missing', message, { cause })
  }
}
