import type { Answer, Failure } from '../domain/outcome.ts'
import type { Target } from './egress/url.ts'

// What a complete response header other than 2xx means, in a sentence for the endpoint's owner.

type Asked = { target: Target; method: string; bodyBytes: number }

const MAX_LOCATION = 1_024

export function statusFailure(answer: Answer, asked: Asked): Failure {
  const { status } = answer
  if (status >= 300 && status < 400) return redirectFailure(answer)
  const detail = statusDetail(answer)
  return { code: 'http_status', detail, message: sentence(detail, status, asked) }
}

function redirectFailure(answer: Answer): Failure {
  const location = headerOf(answer, 'location')
  const where = location === undefined ? 'elsewhere' : `to ${printable(location)}`
  const message = `Your server sent us on ${where}. Webhooks are never redirected.`
  return { code: 'redirect', detail: String(answer.status), message }
}

function statusDetail(answer: Answer): string {
  const { status } = answer
  if ([400, 401, 403].includes(status) && /signature/i.test(answer.body.toString('latin1'))) {
    return 'signature'
  }
  if (status >= 520 && status <= 530 && isFromCdn(answer)) return 'cdn'
  return String(status)
}

function sentence(detail: string, status: number, { target, method, bodyBytes }: Asked): string {
  const path = printable(target.path.split('?')[0]!)
  switch (detail) {
    case 'signature':
      return 'Your server says that the signature is wrong.'
    case 'cdn':
      return `Your CDN could not reach your server (${status}).`
    case '400':
    case '422':
      return `Your server understood the request but not its content (${status}).`
    case '401':
    case '403':
      return `Your server asks for a login, or its firewall refuses us (${status}).`
    case '404':
      return `${target.host} answers, but there is nothing at ${path}.`
    case '405':
      return `${path} does not accept ${method}.`
    case '406':
    case '415':
      return `Your server does not accept this content type (${status}).`
    case '410':
      return 'Your server says this address is gone for good.'
    case '413':
      return `The event (${bodyBytes} bytes) is larger than your server allows.`
    case '429':
      return 'Your server asked us to slow down.'
    case '502':
    case '503':
    case '504':
      return `A proxy in front of your server answered: the server itself is down or too slow (${status}).`
  }
  return status >= 500
    ? `Your server's own code failed (${status}).`
    : `Your server refused the request (${status}).`
}

function isFromCdn(answer: Answer): boolean {
  return (
    headerOf(answer, 'cf-ray') !== undefined ||
    /cloudflare|cloudfront|akamai|fastly/i.test(headerOf(answer, 'server') ?? '')
  )
}

function headerOf(answer: Answer, wanted: string): string | undefined {
  return answer.headers.find(([name]) => name === wanted)?.[1]
}

/** A stranger's text in a sentence of ours: cut, and escaped unless plain ASCII. */
function printable(text: string): string {
  return text
    .slice(0, MAX_LOCATION)
    .replace(/[^\x21-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .slice(0, MAX_LOCATION)
}
