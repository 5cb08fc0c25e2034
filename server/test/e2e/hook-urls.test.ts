// URLs that are a platform's door to the hooks of one application, as a platform uses them: no token, no
// header, only the URL.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_AUTH_FAILURE_LIMIT: '20' })
const { call, store, svix } = bellwire
await svix.eventType.create({ name: 'lead.create', description: 'A lead was made' })
await svix.eventType.create({ name: 'secret.create', description: '', featureFlags: ['beta'] })

async function seed(more: object = {}) {
  const { id: app } = await svix.application.create({ name: 'has hook URLs' })
  const made = await call('POST', `/app/${app}/hook-url`, { description: 'Albato', ...more })
  assert.equal(made.status, 201, made.text)
  return { app, id: String(made.body['id']), url: String(made.body['url']), made }
}

type Hook = { id: string; targetUrl: string; events: string[] }

async function ask(method: string, url: string, body?: object, headers = {}) {
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text ? JSON.parse(text) : {},
  }
}

test('a platform subscribes, sees what there is, gets messages and unsubscribes', async () => {
  const { app, url } = await seed()
  const receiver = await startReceiver()
  const subscribed = await ask('POST', url, { targetUrl: receiver.url, event: 'lead.create' })
  assert.equal(subscribed.status, 201, subscribed.text)
  const hook = subscribed.body as Hook
  assert.deepEqual((await ask('GET', url)).body.data, [hook])
  assert.deepEqual((await ask('GET', `${url}/${hook.id}`)).body, hook)
  await svix.message.create(app, { eventType: 'lead.create', payload: { name: 'Jean' } })
  await until('it came', () => receiver.received.length === 1)
  const events = (await ask('GET', `${url}/events`)).body.data as { name: string }[]
  assert.deepEqual(
    events.map(({ name }) => name),
    ['lead.create'],
  )
  const samples = await ask('GET', `${url}/events/lead.create/sample`)
  assert.match(samples.text, /Jean/)
  assert.match((await ask('GET', `${url}/events/lead.create/fields?x=1`)).text, /"key":"name"/)
  assert.equal((await ask('DELETE', `${url}/${hook.id}`)).status, 204)
  assert.equal((await ask('DELETE', `${url}/${hook.id}`)).status, 404)
  const { body } = await call('GET', `/audit-log?target_id=${hook.id}`)
  const actors = (body['data'] as { actor: { kind: string; id: string } }[]).map(
    ({ actor }) => actor,
  )
  assert.deepEqual(new Set(actors.map(({ kind }) => kind)), new Set(['hook-url']))
  assert.match(actors[0]!.id, /^hurl_/)
})

test('what else the platform sends as its authorization is not asked', async () => {
  const { app, url } = await seed()
  for (const authorization of [`Bearer ${bellwire.token}`, 'Basic eDp5', 'nonsense']) {
    const { status, text } = await ask('GET', `${url}?app_id=${app}`, undefined, { authorization })
    assert.equal(status, 200, text)
  }
  const other = await seed()
  const authorization = `Bearer ${bellwire.token}`
  const foreign = await ask('GET', `${url}?app_id=${other.app}`, undefined, { authorization })
  assert.equal(foreign.status, 404)
})

test('it is no door to another application, nor to anything but hooks', async () => {
  const [mine, other] = [await seed(), await seed()]
  const hook = (
    await ask('POST', other.url, { targetUrl: 'https://example.com/', event: 'lead.create' })
  ).body as Hook
  for (const method of ['GET', 'DELETE']) {
    assert.equal((await ask(method, `${mine.url}/${hook.id}`)).status, 404)
  }
  // Endpoints of the application itself are no hooks.
  const { id } = await svix.endpoint.create(mine.app, { url: 'https://example.com/' })
  assert.equal((await ask('DELETE', `${mine.url}/${id}`)).status, 404)
  const token = mine.url.split('/').at(-1)
  for (const path of [
    `/app/${mine.app}`,
    `/app/${mine.app}/endpoint`,
    '/auth/whoami',
    '/event-type',
  ]) {
    const answer = await ask('GET', `${bellwire.url}/api/v1${path}`, undefined, {
      authorization: `Bearer ${token}`,
    })
    assert.equal(answer.status, 403, path)
  }
})

test('event types with a feature flag are there for those URLs that have it', async () => {
  const [without, beta] = [await seed(), await seed({ featureFlags: ['beta'] })]
  const hook = { targetUrl: 'https://example.com/', event: 'secret.create' }
  assert.equal((await ask('POST', without.url, hook)).status, 422)
  assert.equal((await ask('POST', beta.url, hook)).status, 201)
})

test('a private address is refused, as everywhere', async () => {
  const { url } = await seed()
  const hook = { targetUrl: 'http://169.254.169.254/', event: 'lead.create' }
  const { status, text } = await ask('POST', url, hook)
  assert.equal(status, 422)
  assert.match(text, /"targetUrl"/)
})

test('unknown, revoked and of a deleted application: one answer, word for word', async () => {
  const [revoked, orphan] = [await seed(), await seed()]
  const path = `/app/${revoked.app}/hook-url`
  assert.equal((await call('DELETE', `${path}/${revoked.id}`)).status, 204)
  assert.equal((await call('DELETE', `${path}/${revoked.id}`)).status, 404)
  assert.deepEqual((await call('GET', path)).body['data'], [])
  await svix.application.delete(orphan.app)
  const never = `${bellwire.url}/hooks/u/bwh_${'a'.repeat(43)}`
  const key = `${bellwire.url}/hooks/u/${bellwire.token}?app_id=${revoked.app}`
  const said = async (url: string) => {
    const { status, text } = await ask('POST', url, {})
    return { status, text: text.replace(/"request_id":"[^"]*"/, '') }
  }
  const expected = await said(never)
  assert.equal(expected.status, 401)
  for (const url of [revoked.url, orphan.url, key, `${bellwire.url}/hooks/u/x`]) {
    assert.deepEqual(await said(url), expected)
  }
})

test('a URL can only ask so much, and takes nothing from others', async () => {
  const { url } = await seed()
  const other = await seed()
  const refused = await until('it is refused', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('GET', url)))
    return answers.find(({ status }) => status === 429)
  })
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  assert.equal((await ask('GET', other.url)).status, 200)
})

test('who guesses is slowed down; who has a good URL goes on', async () => {
  const { url } = await seed()
  await ask('GET', url)
  const guess = (i: number) =>
    ask('GET', `${bellwire.url}/hooks/u/bwh_${String(i).padStart(43, 'a')}`)
  const statuses = []
  for (let i = 0; i < 30; i++) statuses.push((await guess(i)).status)
  assert.ok(statuses.includes(429))
  assert.equal(statuses.at(-1), 429)
  assert.equal((await ask('GET', url)).status, 200)
})

test('the URL is shown once, and kept nowhere', async () => {
  const { app, url, id } = await seed()
  const token = url.split('/').at(-1)!
  assert.match(url, new RegExp(`^${bellwire.url}/hooks/u/bwh_[\\w-]{43}$`))
  const listed = await call('GET', `/app/${app}/hook-url`)
  assert.deepEqual(
    (listed.body['data'] as { id: string }[]).map((one) => one.id),
    [id],
  )
  const log = await call('GET', `/audit-log?target_id=${id}`)
  assert.match(log.text, /bellwire.hook-url.create/)
  for (const { text } of [listed, log]) assert.ok(!text.includes(token))
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`,
  )
  for (const { name } of tables) {
    const { rows } = await store.pool.query(
      `select from "${name}" t where position($1 in t::text) > 0`,
      [token],
    )
    assert.equal(rows.length, 0, name)
  }
})
