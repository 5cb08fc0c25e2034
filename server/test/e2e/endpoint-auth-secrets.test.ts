// Every secret of an endpoint's auth carries a mark. Afterwards the mark is looked for in all that the
// API says, in the log at its most talkative, and in every row of the database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../../src/store/connect.ts'
import { attachEmbedded } from '../../src/store/embedded/attach.ts'
import { newDataDir, startServer } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const MARK = 'canary'
const dataDir = await newDataDir()
const server = await startServer({
  BELLWIRE_DATA_DIR: dataDir,
  BELLWIRE_LOG_LEVEL: 'trace',
  BELLWIRE_RETRY_SCHEDULE: '',
})
const said: string[] = []

async function call(method: string, path: string, body?: object) {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  said.push(`${[...answer.headers]} ${text}`)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${text}`)
  return text.startsWith('{') ? JSON.parse(text) : text
}

/** All that came, as an echo service gives it back, and what came that nobody may see. */
const seen = new Set<string>()
const echo = await startReceiver(({ headers, body }, count) => {
  const text = JSON.stringify({ headers, body: body.toString() })
  const repeated = headers.authorization ?? String(headers['x-key'])
  for (const found of text.matchAll(/canary-[\w-]+/g)) seen.add(found[0])
  return { status: count % 2 === 0 ? 302 : 200, headers: { location: repeated }, body: text + body }
})
/** Says it all over again when it refuses, as some do. */
const tokens = await startReceiver(({ body, headers }, count) =>
  count === 1
    ? { status: 200, body: `{"access_token":"${MARK}-token-1","token_type":"Bearer"}` }
    : { status: 400, body: `{"error":"invalid_client","was":"${headers.authorization} ${body}"}` },
)

const oauth2 = { tokenUrl: tokens.url, clientId: 'client', clientSecret: `${MARK}-client` }
const AUTHS: Record<string, object> = {
  basic: { basic: { username: `${MARK}-user`, password: `${MARK}-password` } },
  bearer: { bearer: { token: `${MARK}-bearer` } },
  headers: { secretHeaders: { 'X-Key': `${MARK}-header` } },
  body: { secretInBody: { member: 'secret', value: `${MARK}-"body"` } },
  signature: { signature: { header: 'X-S', secret: `${MARK}-signature` } },
  oauth2: { oauth2: { ...oauth2, extraParams: { password: `${MARK}-extra` } } },
  'oauth2 in the form': { oauth2: { ...oauth2, authMethod: 'clientSecretPost' } },
}

async function finished(app: string, count: number) {
  await until(`${count} attempts`, async () => {
    const { data } = await call('GET', `/api/v1/app/${app}/msg`)
    const lists = data.map(({ id }: { id: string }) =>
      call('GET', `/api/v1/app/${app}/attempt/msg/${id}`),
    )
    const attempts = (await Promise.all(lists)).flatMap((list) => list.data)
    return attempts.length === count
  })
}

test('no secret is found anywhere but at the receiver', async () => {
  const apps: string[] = []
  for (const [name, auth] of Object.entries(AUTHS)) {
    const app = (await call('POST', '/api/v1/app', { name })).id
    apps.push(app)
    // At creation, then by PUT: both ways in.
    const { id } = await call('POST', `/api/v1/app/${app}/endpoint`, { url: echo.url, auth })
    await call('PUT', `/api/v1/app/${app}/endpoint/${id}/auth`, auth)
    for (let count = 1; count <= 2; count++) {
      await call('POST', `/api/v1/app/${app}/msg`, { eventType: 'a.b', payload: { n: count } })
      await finished(app, count)
    }
  }
  for (const app of apps) {
    const { data: messages } = await call('GET', `/api/v1/app/${app}/msg`)
    const { data: endpoints } = await call('GET', `/api/v1/app/${app}/endpoint`)
    for (const { id } of endpoints) {
      await call('GET', `/api/v1/app/${app}/endpoint/${id}/auth`)
      await call('GET', `/api/v1/app/${app}/attempt/endpoint/${id}`)
      await call('GET', `/api/v1/app/${app}/endpoint/${id}/headers`)
    }
    for (const { id } of messages) {
      const { data: attempts } = await call('GET', `/api/v1/app/${app}/attempt/msg/${id}`)
      for (const attempt of attempts) {
        await call('GET', `/api/v1/app/${app}/msg/${id}/attempt/${attempt.id}/headers`)
      }
    }
  }
  await call('GET', '/api/v1/audit-log?limit=250')
  await call('POST', '/api/v1/environment/export')
  await call('GET', '/metrics')

  const marked = ['bearer', 'header', 'token-1'].map((name) => `${MARK}-${name}`)
  assert.deepEqual([...seen].toSorted(), marked)
  assert.equal(tokens.received.length, 3)
  assert.ok(said.some((text) => text.includes('***')))
  assert.deepEqual(
    said.filter((text) => text.includes(MARK)),
    [],
  )
  const log = server.stderr() + server.stdout()
  assert.match(log, /auth_failed/)
  assert.ok(!log.includes(MARK))
})

test('no secret is in the database but sealed', async () => {
  const { pool, close } = connect((await attachEmbedded(dataDir))!, {
    ...{ onError: () => {}, poolSize: 1, hotPoolSize: 1 },
  })
  try {
    const { rows } = await pool.query<{ name: string }>(
      `select relname as name from pg_class
        where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`,
    )
    assert.ok(rows.length > 30)
    // What is bytes shows as hexadecimal: both spellings are looked for.
    const marks = [MARK, Buffer.from(MARK).toString('hex')]
    for (const { name } of rows) {
      const found = await pool.query(
        `select t::text from "${name}" t where t::text like any ($1::text[])`,
        [marks.map((mark) => `%${mark}%`)],
      )
      assert.deepEqual(found.rows, [], name)
    }
  } finally {
    await close()
  }
})
