// A capture as strangers may see it, by a link: without what would let them send in somebody's name.
import { type Capture, splitToken } from './bin.ts'
import { isSensitive } from './custom-headers.ts'

const HIDDEN = '***'

/** Signatures too: with the body beside it, one without a time in it could be sent again. */
const TELLING =
  /signature|hmac|secret|token|passw|api-?key|auth|cookie|session|credential|jwt|[-_]sig$|^key$/i

export type SecretPlaces = { headers: string[]; queries: string[] }

/** The same capture with its secrets covered; so is the token of its bin, wherever it stands. */
export function covered(capture: Capture, places: SecretPlaces): Capture {
  const { token, rest } = splitToken(capture.target)
  const withoutToken = (text: string) => (token === '' ? text : text.replaceAll(token, HIDDEN))
  const isSecret = (name: string) => {
    const lower = name.toLowerCase()
    return TELLING.test(name) || isSensitive(name) || places.headers.includes(lower)
  }
  return {
    ...capture,
    target: `/b/${HIDDEN}${withoutToken(withoutQueries(rest, places.queries))}`,
    headers: capture.headers.map(([name, value]): [string, string] => [
      name,
      isSecret(name) ? HIDDEN : withoutToken(value),
    ]),
    body: bodyWithout(capture.body, token),
  }
}

/** Providers write the URL that they call into what they send. As long as it was. */
function bodyWithout(body: Buffer, token: string): Buffer {
  if (token === '' || !body.includes(token)) return body
  const copy = Buffer.from(body)
  for (let at = copy.indexOf(token); at >= 0; at = copy.indexOf(token, at)) {
    copy.fill('*', at, at + Buffer.byteLength(token))
  }
  return copy
}

/** Everything else stays as it was spelled. */
function withoutQueries(target: string, names: string[]): string {
  const start = target.indexOf('?')
  if (start < 0) return target
  const parts = target.slice(start + 1).split('&')
  const hidden = parts.map((part) => {
    const equals = part.indexOf('=')
    if (equals < 0) return part
    const name = decoded(part.slice(0, equals))
    const isSecret = TELLING.test(name) || names.includes(name.toLowerCase())
    return isSecret ? `${part.slice(0, equals)}=${HIDDEN}` : part
  })
  return `${target.slice(0, start)}?${hidden.join('&')}`
}

const decoded = (text: string) => [...new URLSearchParams(`${text}=`).keys()][0] ?? text
