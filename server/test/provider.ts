// Webhooks as providers send them: signed by the sender's own rules, not by our code.
import { createHmac } from 'node:crypto'
import type { Bellwire } from './harness.ts'

export const SECRET = 'It is a secret of GitHub'

type Sent = { body: string | Buffer; headers?: Record<string, string>; path?: string }

export const githubSignature = (body: string | Buffer, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

let deliveries = 0

/** As GitHub does: a delivery id of its own each time, unless one is given. */
export function githubHeaders(body: string | Buffer, secret = SECRET): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-GitHub-Delivery': `delivery-${process.pid}-${++deliveries}`,
    'X-Hub-Signature-256': githubSignature(body, secret),
  }
}

/** A source of a server, and what is sent to its door. */
export async function openSource(bellwire: Bellwire, fields: object) {
  const { call } = bellwire
  const created = await call('POST', '/source', fields)
  if (created.status !== 201) throw new Error(created.text)
  const id = String(created.body['id'])
  const url = String(created.body['url'])
  const send = ({ body, headers = {}, path = '' }: Sent) =>
    fetch(`${url}${path}`, { method: 'POST', headers, body })
  return {
    id,
    url,
    send,
    /** Signed, as GitHub does. */
    github: (body: string | Buffer, headers: Record<string, string> = {}) =>
      send({ body, headers: { ...githubHeaders(body), ...headers } }),
    patch: (body: object) => call('PATCH', `/source/${id}`, body),
    async requests(query = '') {
      const { body } = await call('GET', `/source/${id}/request${query}`)
      return body['data'] as Record<string, unknown>[]
    },
  }
}
