import { readCandidates } from '../verification/candidates.ts'
import { concat, encodeBytes, hmac, isSameText, utf8 } from '../verification/encoding.ts'
import { headerValue, type InboundRequest } from '../verification/request.ts'
import { secretKey } from '../verification/secrets.ts'
import { assertFresh, parseTimestamp } from '../verification/timestamp.ts'
import type { CustomVerifier } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'

const SIGNATURE = 'x-contentful-signature'
const LIST = 'x-contentful-signed-headers'
const TIME = 'x-contentful-timestamp'
const MAX_HEADERS = 50
const FRESH = { from: 'header', name: TIME, unit: 'ms', tolerance: 30 } as const

/** The request names the headers that it signs: the list itself and the time must be among them. */
export const contentfulVerifier: CustomVerifier = {
  async verify(request, { secrets, url, now }) {
    const { texts } = readCandidates(request, { headers: [SIGNATURE] })
    const names = readList(request)
    const time = headerValue(request, TIME)
    if (time === undefined) throw new WebhookError('timestamp_missing', `${TIME} is missing.`)
    const sent = parseTimestamp(time, 'ms')
    for (const { secret, index } of secrets) {
      if (!isSameText(texts[0]!, await signatureOf(request, { names, secret, url }))) continue
      const skewSeconds = assertFresh(sent, FRESH, now)
      return { secretIndex: index, skewSeconds, bodyAuthenticated: true }
    }
    throw new WebhookError('signature_mismatch', 'The signature matches with none of the secrets.')
  },
  async sign(request, { secret, at }) {
    const own = [
      [LIST, `${LIST},${TIME}`],
      [TIME, String(at.getTime())],
    ] as const
    const unsigned = { ...request, headers: [...request.headers, ...own] }
    const names = [LIST, TIME]
    const signature = await signatureOf(unsigned, { names, secret, url: request.url })
    return { ...unsigned, headers: [...unsigned.headers, [SIGNATURE, signature]] }
  },
}

function readList(request: InboundRequest): string[] {
  const list = headerValue(request, LIST)
  if (!list) throw new WebhookError('signature_missing', `The header ${LIST} is missing.`)
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  if (names.length <= MAX_HEADERS && names.includes(LIST) && names.includes(TIME)) return names
  const message = `${LIST} must name itself and ${TIME}, and at most ${MAX_HEADERS} headers.`
  throw new WebhookError('signature_malformed', message)
}

type Given = { names: string[]; secret: string; url: string | null }

async function signatureOf(
  request: InboundRequest,
  { names, secret, url }: Given,
): Promise<string> {
  const headers = names.toSorted().map((name) => {
    const value = headerValue(request, name)
    if (value !== undefined) return `${name}:${value.trim()}`
    throw new WebhookError('signature_missing', `The header ${name} is signed, and missing.`)
  })
  const head = `${request.method.toUpperCase()}\n${pathOf(url)}\n${headers.join(';')}\n`
  const content = concat([utf8(head), request.body])
  return encodeBytes(await hmac('sha256', secretKey(secret, undefined), content), 'hex')
}

/** As Contentful's own library writes it: the query escaped as one value, and all of it once more. */
function pathOf(url: string | null): string {
  if (url === null || !URL.canParse(url)) {
    throw new WebhookError('url_unknown', 'Contentful signs the path. Give the public URL.')
  }
  const { pathname, search } = new URL(url)
  return encodeURI(search === '' ? pathname : `${pathname}?${encodeURIComponent(search.slice(1))}`)
}
