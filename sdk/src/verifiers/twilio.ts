import { isForm } from '../verification/body.ts'
import { readCandidates } from '../verification/candidates.ts'
import { digest, encodeBytes, hmac, isSameText, utf8 } from '../verification/encoding.ts'
import type { InboundRequest } from '../verification/request.ts'
import { secretKey } from '../verification/secrets.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'
import { formFields } from './form.ts'

const HEADER = 'X-Twilio-Signature'
const DIGEST = 'bodySHA256'

/**
 * Signs the URL and, of forms, the fields. Another body is only protected by its digest in the URL:
 * without one it is refused. Twilio spells the URL in several ways; four count.
 */
export const twilioVerifier: CustomVerifier = {
  async verify(request, { secrets, url }) {
    const { texts } = readCandidates(request, { headers: [HEADER] })
    const whole = parseUrl(url)
    const rest = await restOf(request, whole)
    const forms = spellings(whole)
    for (const { secret, index } of secrets) {
      for (const form of forms) {
        if (!isSameText(texts[0]!, await signatureOf(secret, form + rest))) continue
        return { secretIndex: index, skewSeconds: null, bodyAuthenticated: true }
      }
    }
    throw new WebhookError('signature_mismatch', 'The signature matches with none of the secrets.')
  },
  async sign(request, { secret }) {
    const url = parseUrl(request.url)
    if (request.body.length > 0 && !isForm(request)) {
      url.searchParams.set(DIGEST, encodeBytes(await digest('sha256', request.body), 'hex'))
    }
    const rest = await restOf(request, url)
    const signature = await signatureOf(secret, url.href + rest)
    return { ...request, url: url.href, headers: [...request.headers, [HEADER, signature]] }
  },
}

const signatureOf = async (secret: string, text: string) =>
  encodeBytes(await hmac('sha1', secretKey(secret, undefined), utf8(text)), 'base64')

function parseUrl(url: string | null): URL {
  if (url !== null && URL.canParse(url)) return new URL(url)
  throw new WebhookError('url_unknown', 'Twilio signs the URL. Give the public one.')
}

/** What is signed after the URL. */
async function restOf(request: InboundRequest, url: URL): Promise<string> {
  if (request.body.length === 0) return ''
  if (!isForm(request)) {
    await assertDigest(request, url)
    return ''
  }
  const values = new Map<string, Set<string>>()
  for (const [name, value] of formFields(request)) {
    values.set(name, (values.get(name) ?? new Set()).add(value))
  }
  return [...values.keys()]
    .toSorted()
    .flatMap((name) => [...values.get(name)!].toSorted().map((value) => name + value))
    .join('')
}

async function assertDigest(request: InboundRequest, url: URL) {
  const given = url.searchParams.getAll(DIGEST)
  if (given.length !== 1) {
    const message = `The URL must carry exactly one ${DIGEST}: nothing else protects this body.`
    throw new WebhookError('signature_missing', message)
  }
  const expected = encodeBytes(await digest('sha256', request.body), 'hex')
  if (isSameText(given[0]!, expected)) return
  throw new WebhookError('signature_mismatch', `${DIGEST} is the digest of another body.`)
}

/** Without a port and with one; each again with its query written the old way. */
function spellings({
  protocol,
  username,
  password,
  hostname,
  port,
  pathname,
  search,
}: URL): string[] {
  const credentials = password === '' ? username : `${username}:${password}`
  const head = `${protocol}//${credentials === '' ? '' : `${credentials}@`}${hostname}`
  const known = port || (protocol === 'http:' ? '80' : '443')
  const both = [head, `${head}:${known}`].map((origin) => origin + pathname + search)
  return [...new Set([...both, ...both.map(legacyQuery)])]
}

/** Parsed and written again as Node’s `querystring` does. */
function legacyQuery(href: string): string {
  const [head = '', query] = href.split('?', 2)
  if (query === undefined) return href
  const names = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query)) {
    names.set(name, [...(names.get(name) ?? []), value])
  }
  const pairs = [...names].flatMap(([name, values]) =>
    values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  )
  return `${head}?${pairs.join('&')}`
}
