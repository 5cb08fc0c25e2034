// Access tokens by client credentials, against a little token server that keeps its own books.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { type Reaction, type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const SECRET = 'client secret: +/=&é'
const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '', BELLWIRE_REQUEST_TIMEOUT: '2' })
const { call } = bellwire

/** Gives `token-1`, `token-2`, … and knows which are good; `answer` may say something else instead. */
async function startTokenServer({ expiresIn = 3600 as number | string, delayMs = 0 } = {}) {
  const good = new Set<string>()
  let answer: (() => Reaction) | null = null
  const receiver = await startReceiver((_, count) => {
    if (answer !== null) return answer()
    const token = `token-${count}`
    good.add(token)
    const body = { access_token: token, token_type: 'bearer', expires_in: expiresIn }
    const headers = { 'content-type': 'application/json' }
    return { status: 200, headers, body: JSON.stringify(body), delayMs }
  })
  return {
    ...receiver,
    revoke: () => good.clear(),
    answers(next: (() => Reaction) | null) {
      answer = next
    },
    /** What a receiver says that takes nothing but good tokens. */
    guard: ({ headers }: Received): Reaction => ({
      status: good.has(String(headers.authorization).replace('Bearer ', '')) ? 200 : 401,
    }),
  }
}

type TokenServer = Awaited<ReturnType<typeof startTokenServer>>

async function authorized(tokens: Pick<TokenServer, 'url' | 'guard'>, more: object = {}) {
  const one = await oneEndpoint(bellwire, { react: (request) => tokens.guard(request) })
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}/auth`
  const oauth2 = { tokenUrl: tokens.url, clientId: 'the client', clientSecret: SECRET, ...more }
  const put = await call('PUT', path, { oauth2 })
  assert.equal(put.status, 204, put.text)
  const seen = () => one.receiver.received.map(({ headers }) => headers.authorization)
  return { ...one, path, seen }
}

const form = ({ body }: Received) => Object.fromEntries(new URLSearchParams(body.toString()))

test('the token is asked for as the standard says, with basic auth, and kept', async () => {
  const tokens = await startTokenServer()
  const more = {
    scopes: ['write', 'read'],
    audience: 'https://crm',
    extraParams: { tenant: 'a&b' },
  }
  const { send, ended, seen } = await authorized(tokens, more)
  await send()
  assert.deepEqual(await ended(), ['succeeded'])
  await send()
  assert.deepEqual(await ended(), ['succeeded', 'succeeded'])
  assert.deepEqual(seen(), ['Bearer token-1', 'Bearer token-1'])
  assert.equal(tokens.received.length, 1)
  const [asked] = tokens.received as [Received]
  assert.equal(asked.method, 'POST')
  assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded')
  const wanted = { grant_type: 'client_credentials', scope: 'write read' }
  assert.deepEqual(form(asked), { ...wanted, audience: 'https://crm', tenant: 'a&b' })
  // RFC 6749 §2.3.1: both parts are form-encoded first.
  const login = 'the+client:client+secret%3A+%2B%2F%3D%26%C3%A9'
  assert.equal(asked.headers.authorization, `Basic ${Buffer.from(login).toString('base64')}`)
})

test('or with the secret in the form', async () => {
  const tokens = await startTokenServer()
  const { send, ended } = await authorized(tokens, { authMethod: 'clientSecretPost' })
  await send()
  assert.deepEqual(await ended(), ['succeeded'])
  const [asked] = tokens.received as [Received]
  assert.equal(asked.headers.authorization, undefined)
  const login = { client_id: 'the client', client_secret: SECRET }
  assert.deepEqual(form(asked), { grant_type: 'client_credentials', ...login })
})

test('a token that is about to expire is not sent: there is a new one', async () => {
  const tokens = await startTokenServer({ expiresIn: '1' })
  const { send, ended, seen } = await authorized(tokens)
  await send()
  await ended()
  await send()
  await ended()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await send()
  await ended()
  assert.equal(seen().at(-1), `Bearer token-${tokens.received.length}`)
  assert.ok(tokens.received.length >= 2)
})

test('messages at once wait for one token', async () => {
  const tokens = await startTokenServer({ delayMs: 300 })
  const { send, ended, seen } = await authorized(tokens)
  await Promise.all(Array.from({ length: 20 }, () => send()))
  assert.equal((await ended()).filter((end) => end === 'succeeded').length, 20)
  assert.deepEqual([tokens.received.length, new Set(seen()).size], [1, 1])
})

test('a token that was taken back is replaced at once, in the same attempt, and by one for all', async () => {
  const tokens = await startTokenServer({ delayMs: 100 })
  const { send, ended, seen, attempts } = await authorized(tokens)
  await send()
  await ended()
  tokens.revoke()
  const { id } = await send()
  assert.deepEqual(await ended(), ['succeeded', 'succeeded'])
  assert.deepEqual(seen(), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'])
  assert.deepEqual(
    (await attempts(id)).map(({ responseStatusCode }) => responseStatusCode),
    [200],
  )

  tokens.revoke()
  await Promise.all(Array.from({ length: 10 }, () => send()))
  assert.deepEqual(new Set(await ended()), new Set(['succeeded']))
  assert.equal(tokens.received.length, 3)
})

test('a receiver that takes no token is asked twice, not for ever', async () => {
  const tokens = await startTokenServer()
  const refusing = { url: tokens.url, guard: (): Reaction => ({ status: 401 }) }
  const { send, ended, attempts, receiver } = await authorized(refusing)
  const { id } = await send()
  assert.deepEqual(await ended(), ['exhausted'])
  assert.deepEqual([receiver.received.length, tokens.received.length], [2, 2])
  const [attempt] = await attempts(id)
  assert.deepEqual([attempt!.responseStatusCode, attempt!.failure!.code], [401, 'http_status'])
})

const FAILURES: [string, Reaction, string, RegExp][] = [
  [
    'refuses the client',
    { status: 401, body: `{"error":"invalid_client","error_description":"not ${SECRET}"}` },
    'refused',
    /^The token server 127\.0\.0\.1:\d+ gave no token \(401, invalid_client\)\.$/,
  ],
  [
    // As an answer of the receiver it would switch the endpoint off.
    'is gone',
    { status: 410, body: '' },
    'refused',
    /gave no token \(410\)\.$/,
  ],
  [
    'redirects',
    { status: 302, headers: { location: '/x' } },
    'refused',
    /gave no token \(302\)\.$/,
  ],
  ['says something else', { status: 200, body: '<html>' }, 'unreadable', /is no JSON object\.$/],
  ['gives no token', { status: 200, body: '{}' }, 'unreadable', /holds no access_token/],
  [
    'gives a token that splits headers',
    { status: 200, body: '{"access_token":"a\\r\\nx: y","token_type":"bearer"}' },
    'unreadable',
    /holds no access_token/,
  ],
  [
    'gives a token of another kind',
    { status: 200, body: '{"access_token":"a","token_type":"mac"}' },
    'unreadable',
    /another token_type/,
  ],
  ['hangs', 'hang', 'timeout', /did not answer in time\.$/],
  ['hangs up', 'drop', 'unreadable', /gave no whole answer\.$/],
]

for (const [what, reaction, detail, message] of FAILURES)
  test(`a token server that ${what} is a failed attempt that says so`, async () => {
    const tokens = await startTokenServer()
    tokens.answers(() => reaction)
    const { send, ended, attempts, receiver, shown } = await authorized(tokens)
    const { id } = await send()
    assert.deepEqual(await ended(), ['exhausted'])
    assert.equal(receiver.received.length, 0)
    const [attempt] = await attempts(id)
    const { code, detail: shownDetail, message: said } = attempt!.failure!
    assert.deepEqual([code, shownDetail, attempt!.responseStatusCode], ['auth_failed', detail, 0])
    assert.match(said, message)
    assert.ok(!said.includes('secret'), said)
    assert.equal((await shown())['disabled'], false)

    tokens.answers(null)
    await send()
    assert.deepEqual(await ended(), ['exhausted', 'succeeded'], 'the next one asks anew')
  })

test('a token server where nothing listens is a failed attempt', async () => {
  const tokens = await startTokenServer()
  await tokens.close()
  const { send, ended, attempts } = await authorized(tokens)
  const { id } = await send()
  assert.deepEqual(await ended(), ['exhausted'])
  const [attempt] = await attempts(id)
  assert.deepEqual(
    [attempt!.failure!.code, attempt!.failure!.detail],
    ['auth_failed', 'unreachable'],
  )
})

test('a token URL that leads inside is refused when it is set, and again when it is used', async () => {
  const one = await oneEndpoint(bellwire)
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}/auth`
  const of = (tokenUrl: string) => ({ oauth2: { tokenUrl, clientId: 'a', clientSecret: SECRET } })
  for (const tokenUrl of [
    'http://10.0.0.1/token',
    'http://169.254.169.254/',
    'file:///etc/passwd',
  ]) {
    const { status, body } = await call('PUT', path, of(tokenUrl))
    assert.equal(status, 422)
    const [problem] = body['detail'] as { loc: string[] }[]
    assert.deepEqual(problem!.loc, ['body', 'oauth2', 'tokenUrl'])
  }
  // Allowed when it was set, forbidden by now: another node of the same Bellwire has another allow list.
  const tokens = await startTokenServer()
  assert.equal((await call('PUT', path, of(tokens.url))).status, 204)
  assert.equal(
    (await call('PATCH', path.replace('/auth', ''), { url: 'http://127.0.0.1:9/' })).status,
    200,
  )
  await bellwire.stop()
  const strict = await startBellwire(
    { BELLWIRE_RETRY_SCHEDULE: '', BELLWIRE_EGRESS_ALLOW: '' },
    [],
    bellwire.home,
  )
  const { id } = await strict.svix.message.create(one.app, { eventType: 'a.b', payload: {} })
  const attempts = await until('it failed', async () => {
    const { body } = await strict.call('GET', `/app/${one.app}/attempt/msg/${id}`)
    const list = body['data'] as { failure?: { code: string; detail: string; message: string } }[]
    return list.length > 0 && list
  })
  const { code, detail, message } = attempts[0]!.failure!
  assert.deepEqual([code, detail], ['auth_failed', 'blocked'])
  assert.equal(message, 'The token URL is not allowed here.')
  assert.equal(tokens.received.length, 0)
})
