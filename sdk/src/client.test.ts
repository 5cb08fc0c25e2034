// The client against the real server, and through a link that fails where a test wants it to.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { startBellwire } from '../../server/test/harness.ts'
import { startReceiver } from '../../server/test/receiver.ts'
import { BellwireError, createClient } from './client.ts'

const bellwire = await startBellwire()
const client = createClient({ url: `${bellwire.url}/`, token: bellwire.token, retryDelayMs: 5 })
const params = { app_id: 'acme' }
await client.request('POST', '/api/v1/app', { body: { name: 'Acme', uid: 'acme' } })

type Seen = { method: string; path: string; key: string | undefined }

/** Something between client and server: `fails` answers, or resets, the first so many requests. */
async function startLink(fails: (index: number, response: ServerResponse) => boolean) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const index = seen.length
    const { method = '', url: path = '', headers } = request
    seen.push({ method, path, key: headers['idempotency-key'] as string | undefined })
    const body = await readBody(request)
    if (fails(index, response)) return
    const answer = await fetch(`${bellwire.url}${path}`, {
      method,
      headers: {
        authorization: headers.authorization ?? '',
        'idempotency-key': seen[index]!.key ?? '',
      },
      ...(body !== '' && { body }),
    })
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, url, client: createClient({ url, token: bellwire.token, retryDelayMs: 5 }) }
}

async function readBody(request: IncomingMessage) {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}
const refuse = (response: ServerResponse, status: number, headers = {}) => {
  response.writeHead(status, headers).end('{"code":"unavailable","detail":"away","title":"away"}')
  return true
}
const errorOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof BellwireError, String(error))
  return error
}

test('a message goes in and is read back', async () => {
  const sent = await client.send('acme', { eventType: 'invoice.paid', payload: { id: 77 } })
  const read = await client.request('GET', '/api/v1/app/{app_id}/msg/{msg_id}', {
    params: { ...params, msg_id: sent.id },
  })
  assert.deepEqual(read.payload, { id: 77 })
  assert.equal(read.eventType, 'invoice.paid')
})

test('values of a path may hold anything, and a missing one is an error of the caller', async () => {
  const path = '/api/v1/app/{app_id}'
  const error = await errorOf(client.request('GET', path, { params: { app_id: 'a/b?c#d' } }))
  assert.equal(error.code, 'not_found')
  await assert.rejects(client.request('GET', path, { params: { app_id: '' } }), TypeError)
})

test('a list gives everything, page by page', async () => {
  const uids = Array.from({ length: 7 }, (_, index) => `listed-${index}`)
  for (const uid of uids) await client.request('POST', '/api/v1/app', { body: { name: uid, uid } })
  const found = []
  for await (const app of client.list('/api/v1/app', { query: { limit: 3 } })) found.push(app.uid)
  assert.deepEqual(found, ['acme', ...uids])
})

test('lists in a query and absent members are sent as the server reads them', async () => {
  const query = { event_types: ['a.b', 'invoice.paid'], channel: undefined, limit: 250 }
  const found = await client.request('GET', '/api/v1/app/{app_id}/msg', { params, query })
  assert.ok(found.data.length > 0)
  const none = await client.request('GET', '/api/v1/app/{app_id}/msg', {
    params,
    query: { event_types: ['a.b'] },
  })
  assert.equal(none.data.length, 0)
})

test('an error has its code, status, request id and problems', async () => {
  const wrong = await errorOf(client.request('POST', '/api/v1/app', { body: { name: '' } }))
  assert.deepEqual([wrong.status, wrong.code], [422, 'validation'])
  assert.deepEqual(wrong.problems[0]?.loc, ['body', 'name'])
  assert.match(wrong.message, /body\.name/)
  assert.match(wrong.requestId ?? '', /^[\w-]{36}$/)
  const taken = { body: { name: 'x', uid: 'acme' } }
  assert.equal((await errorOf(client.request('POST', '/api/v1/app', taken))).code, 'conflict')
  const stranger = createClient({ url: bellwire.url, token: 'nonsense' })
  const refused = await errorOf(stranger.request('GET', '/api/v1/app'))
  assert.deepEqual([refused.status, refused.code], [401, 'authentication_failed'])
})

test('what has no body gives undefined', async () => {
  await client.request('POST', '/api/v1/app', { body: { name: 'gone', uid: 'gone' } })
  const options = { params: { app_id: 'gone' } }
  assert.equal(await client.request('DELETE', '/api/v1/app/{app_id}', options), undefined)
})

test('5xx, 429 and a lost connection are tried again with the same key, and done once', async () => {
  const link = await startLink((index, response) => {
    if (index === 0) return refuse(response, 503)
    if (index === 1) return refuse(response, 429, { 'retry-after': '0' })
    if (index === 2) response.destroy()
    return index === 2
  })
  const sent = await link.client.send('acme', { eventType: 'once', payload: {} })
  assert.equal(sent.eventType, 'once')
  assert.equal(link.seen.length, 4)
  const keys = new Set(link.seen.map(({ key }) => key))
  assert.equal(keys.size, 1)
  assert.match([...keys][0] ?? '', /^auto_[0-9a-f-]{36}$/)
})

test('an answer that was lost is given again: the message exists once', async () => {
  let first = true
  const link = await startLink(() => false)
  const losing = createClient({
    url: link.url,
    token: bellwire.token,
    retryDelayMs: 5,
    fetch: async (input, init) => {
      const answer = await fetch(input, init)
      if (!first) return answer
      first = false
      throw new TypeError('lost on the way back')
    },
  })
  const sent = await losing.send('acme', { eventType: 'lost.answer', payload: {} })
  const query = { event_types: ['lost.answer'] }
  const { data } = await client.request('GET', '/api/v1/app/{app_id}/msg', { params, query })
  assert.deepEqual(
    data.map(({ id }) => id),
    [sent.id],
  )
  assert.equal(link.seen.length, 2)
})

test('two calls have two keys, and a key of your own is used', async () => {
  const link = await startLink(() => false)
  const send = (options = {}) => link.client.send('acme', { eventType: 'k', payload: {} }, options)
  const [a, b] = [await send(), await send()]
  assert.notEqual(a.id, b.id)
  const [c, d] = [await send({ idempotencyKey: 'mine' }), await send({ idempotencyKey: 'mine' })]
  assert.equal(c.id, d.id)
  assert.deepEqual(
    link.seen.slice(2).map(({ key }) => key),
    ['mine', 'mine'],
  )
})

test('after the last retry the error comes through', async () => {
  const link = await startLink((_, response) => refuse(response, 503))
  const error = await errorOf(link.client.request('GET', '/api/v1/app'))
  assert.deepEqual([error.status, error.code], [503, 'unavailable'])
  assert.equal(link.seen.length, 4)
})

test('what a client did wrong is not tried again', async () => {
  const link = await startLink((_, response) => refuse(response, 400))
  await errorOf(link.client.request('GET', '/api/v1/app'))
  assert.equal(link.seen.length, 1)
})

test('Retry-After is waited for, but not an hour', async () => {
  const link = await startLink((index, response) => {
    return index < 2 && refuse(response, 429, { 'retry-after': index === 0 ? '1' : '3600' })
  })
  const started = performance.now()
  const error = await errorOf(link.client.request('GET', '/api/v1/app'))
  assert.ok(performance.now() - started > 950)
  assert.equal(error.retryAfterSeconds, 3600)
  assert.equal(link.seen.length, 2)
})

test('no answer in time is an error of its own, and is tried again', async () => {
  const link = await startLink((index) => index === 0)
  const impatient = { url: link.url, token: bellwire.token, retryDelayMs: 5, timeoutMs: 300 }
  const error = await errorOf(
    createClient({ ...impatient, retries: 0 }).request('GET', '/api/v1/app'),
  )
  assert.deepEqual([error.code, error.status], ['timeout', 0])
  const second = await startLink((index) => index === 0)
  const patient = createClient({ ...impatient, url: second.url, timeoutMs: 2_000 })
  assert.ok((await patient.request('GET', '/api/v1/app')).data.length > 0)
})

test('nobody there is a network error', async () => {
  const nobody = createClient({
    url: 'http://127.0.0.1:9',
    token: 'x',
    retries: 1,
    retryDelayMs: 5,
  })
  assert.equal((await errorOf(nobody.request('GET', '/api/v1/app'))).code, 'network')
})

test('a page of a proxy is not taken for an answer', async () => {
  const page = (status: number) =>
    startLink((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Hello</h1>')
      return true
    })
  for (const status of [200, 404]) {
    const error = await errorOf((await page(status)).client.request('GET', '/api/v1/app'))
    assert.deepEqual([error.code, error.status], ['invalid_answer', status])
  }
})

test('a signal ends the call at once, while it waits between retries too', async () => {
  const link = await startLink((_, response) => refuse(response, 503, { 'retry-after': '30' }))
  const controller = new AbortController()
  const reason = new Error('the user left')
  const call = link.client.request('GET', '/api/v1/app', { signal: controller.signal })
  setTimeout(() => controller.abort(reason), 100)
  await assert.rejects(call, reason)
  await assert.rejects(
    link.client.request('GET', '/api/v1/app', { signal: controller.signal }),
    reason,
  )
})

test('a replay is counted, started and waited for', async () => {
  const receiver = await startReceiver()
  await client.request('POST', '/api/v1/app', { body: { name: 'late', uid: 'late' } })
  for (let n = 0; n < 3; n++) await client.send('late', { eventType: 'missed', payload: { n } })
  const endpoint = await client.request('POST', '/api/v1/app/{app_id}/endpoint', {
    params: { app_id: 'late' },
    body: { url: receiver.url },
  })
  const path = '/api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing'
  const options = { params: { app_id: 'late', endpoint_id: endpoint.id } }
  const body = { since: new Date(Date.now() - 60_000).toISOString() }
  const plan = await client.request('POST', path, { ...options, body: { ...body, dryRun: true } })
  assert.equal((plan as { count?: number }).count, 3)
  const task = await client.request('POST', path, { ...options, body })
  const { status, data } = await client.waitForTask((task as { id: string }).id, { everyMs: 20 })
  assert.equal(status, 'finished')
  assert.deepEqual(data, { messagesSent: 3 })
})

// tsc holds the comments against the types: one that refuses nothing is an error there.
test('what the types refuse, the server or the client refuses too', async () => {
  // @ts-expect-error: no such path
  assert.equal((await errorOf(client.request('GET', '/api/v1/nothing'))).code, 'not_found')
  // @ts-expect-error: the path exists, the method does not
  assert.equal((await errorOf(client.request('PATCH', '/api/v1/app'))).code, 'method_not_allowed')
  // @ts-expect-error: the path has a name in it
  await assert.rejects(client.request('GET', '/api/v1/app/{app_id}'), TypeError)
  // @ts-expect-error: an application has a name
  const nameless = client.request('POST', '/api/v1/app', { body: { uid: 'x' } })
  assert.equal((await errorOf(nameless)).code, 'validation')
  // @ts-expect-error: a limit is a number
  const many = client.request('GET', '/api/v1/app', { query: { limit: 'many' } })
  assert.equal((await errorOf(many)).code, 'generic_error')
  // @ts-expect-error: one application is no list
  await assert.rejects(client.list('/api/v1/app/{app_id}', { params }).next(), TypeError)
})
