// Every operation × every kind of token that may not call it: refused with the same words whatever the
// path names, and nothing in the database changes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { createApiKey, revokeApiKey } from '../../src/store/api-keys.ts'
import { startApi } from './api.ts'
import { byUid, NEVER, requestFor, said, seedNames, snapshot } from './requests.ts'

const api = await startApi()
const { db, pool } = api.store
const mine = await seedNames(api)
const sibling = await seedNames(api)
const guarded = routes.filter(({ access }) => access !== 'none')
type Entry = (typeof routes)[number]

const READS = (entry: Entry) => entry.method === 'GET' || entry.reads === true
const SECRETS = [
  'v1.authentication.get-poller-token',
  'v1.endpoint.transformation.get',
  'bellwire.endpoint.transformation.list-versions',
  'bellwire.source.get-token',
  'bellwire.bin.get-token',
]
const secret = (entry: Entry) =>
  entry.operationId.endsWith('.get-secret') || SECRETS.includes(entry.operationId)
const ofApplication = (entry: Entry) => entry.path.includes(':app_')
const shared = (entry: Entry) => entry.access === 'application' || entry.access === 'poller'

async function refusedAll(token: string | null, entries: Entry[], status: number, names = mine) {
  assert.ok(entries.length > 0)
  const before = await snapshot(api)
  for (const entry of entries) {
    const foreign = await api.call({ ...requestFor(entry, names), token })
    const never = await api.call({ ...requestFor(entry, { ...NEVER }), token })
    assert.equal(foreign.status, status, `${entry.operationId}: ${foreign.text}`)
    assert.deepEqual(said(foreign), said(never), entry.operationId)
  }
  assert.deepEqual(await snapshot(api), before)
}

/** The token of an application of another environment. */
async function foreignToken() {
  const { token } = await api.otherEnvironment()
  const { app_id } = await seedNames(api, token)
  const path = `auth/app-portal-access/${app_id}`
  return String((await api.call({ method: 'POST', path, token })).body['token'])
}

// Before the first test, so that none finds them new.
const siblings = await api.tokenOf(sibling['app_id']!)
const foreign = await foreignToken()
const expiresAt = new Date(Date.now() - 1000)
const expired = await createApiKey(db, api.environmentId, { name: 'expired', expiresAt })
const revoked = await createApiKey(db, api.environmentId, { name: 'revoked' })
await revokeApiKey(db, api.environmentId, revoked.key.id)
const loggedOut = await api.tokenOf(mine['app_id']!)
await api.call({ method: 'POST', path: 'auth/logout', token: loggedOut })
const gone = (await api.post('app', { name: 'gone' })).body.id
const orphan = await api.tokenOf(gone)
await api.delete(`app/${gone}`)
const late = await api.tokenOf(sibling['app_id']!, { sessionId: 'late' })
await pool.query(`update application_token set expires_at = now() where session_id = 'late'`)

for (const [what, token] of Object.entries({
  'no token': null,
  garbage: 'garbage',
  'something like an application token': 'bwa_garbage',
  'an application token called a key': loggedOut.replace('bwa_', 'bwk_'),
  'an expired key': expired.token,
  'a revoked key': revoked.token,
  'an application token after its logout': loggedOut,
  'an expired application token': late,
  'a token of a deleted application': orphan,
  "a key with another environment's id": `${api.token}|${NEVER['env_id']}`,
})) {
  test(`${what} is 401 everywhere`, () => refusedAll(token, guarded, 401))
}

test('a send-only key takes messages in and does nothing else', async () => {
  const token = await api.keyOf('send-only')
  const sending = ['v1.message.create', 'bellwire.message.create-batch', 'v1.message.precheck']
  const others = guarded.filter(({ operationId }) => !sending.includes(operationId))
  await refusedAll(token, others, 403)
  const path = `app/${mine['app_id']}/msg`
  const body = { eventType: 'a', payload: {} }
  assert.equal((await api.call({ method: 'POST', path, body, token })).status, 202)
})

test('a read-only key reads everything but secrets', async () => {
  const token = await api.keyOf('read-only')
  await refusedAll(
    token,
    guarded.filter((entry) => !READS(entry) || secret(entry)),
    403,
  )
  for (const entry of guarded.filter((entry) => READS(entry) && !secret(entry))) {
    const { status, text } = await api.call({ ...requestFor(entry, mine), token })
    assert.equal(status, entry.status, `${entry.operationId}: ${text}`)
  }
})

test('a poller token fetches from its own poller and does nothing else', async () => {
  const tokenOf = async (names: typeof mine) =>
    (await api.get(`auth/app/${names['app_id']}/poller/${names['poller_id']}/token`)).body
  const token = String((await tokenOf(mine))['token'])
  const polling = guarded.filter(({ access }) => access === 'poller')
  await refusedAll(
    token,
    guarded.filter((entry) => !polling.includes(entry)),
    403,
  )
  const foreign = String((await tokenOf(sibling))['token'])
  await refusedAll(foreign, polling, 404)
  const second = await api.post(`app/${mine['app_id']}/poller`, {})
  const ofSecond = String((await tokenOf({ ...mine, poller_id: second.body.id }))['token'])
  await refusedAll(ofSecond, polling, 404)
  for (const entry of polling) {
    const { status, text } = await api.call({ ...requestFor(entry, mine), token })
    assert.equal(status, entry.status, `${entry.operationId}: ${text}`)
  }
})

test('a hook URL subscribes for its own application and does nothing else', async () => {
  const tokenOf = async ({ app_id }: typeof mine) =>
    String((await api.post(`app/${app_id}/hook-url`, {})).body['url'])
      .split('/')
      .at(-1)!
  const token = await tokenOf(mine)
  const ofHooks = guarded.filter(({ hooks }) => hooks)
  assert.deepEqual(
    ofHooks.map(({ operationId }) => operationId.replace('bellwire.hook.', '')),
    ['subscribe', 'list', 'get', 'unsubscribe', 'list-events', 'list-samples', 'list-fields'],
  )
  await refusedAll(
    token,
    guarded.filter((entry) => !ofHooks.includes(entry)),
    403,
  )
  await refusedAll(await tokenOf(sibling), ofHooks, 404)
  // Unsubscribing last: nothing is left to look at then.
  const order = [...ofHooks].sort(
    (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
  )
  const names = await seedNames(api)
  const own = await tokenOf(names)
  for (const entry of order) {
    const { status, text } = await api.call({ ...requestFor(entry, names), token: own })
    assert.equal(status, entry.status, `${entry.operationId}: ${text}`)
  }
})

test('an application token gets 403 from what is not for applications', async () => {
  const token = await api.tokenOf(mine['app_id']!)
  await refusedAll(
    token,
    guarded.filter((entry) => !shared(entry)),
    403,
  )
})

for (const [who, token] of [
  ["another application's token", siblings],
  ["a token of another environment's application", foreign],
] as const) {
  for (const names of [mine, byUid(mine)]) {
    test(`${who} finds nothing, nor gets further: ${names['app_id']}`, async () => {
      const below = guarded.filter(ofApplication)
      await refusedAll(token, below.filter(shared), 404, names)
      await refusedAll(
        token,
        below.filter((entry) => !shared(entry)),
        403,
        names,
      )
    })
  }
}

test('a token with ViewBase alone reads and does nothing', async () => {
  const token = await api.tokenOf(mine['app_id']!, { readOnly: true })
  const isRead = (entry: Entry) => READS(entry) && !secret(entry)
  const logout = (entry: Entry) => entry.operationId === 'v1.authentication.logout'
  const below = guarded.filter(shared).filter((entry) => !logout(entry))
  await refusedAll(
    token,
    below.filter((entry) => !isRead(entry)),
    403,
  )
  for (const entry of below.filter(isRead)) {
    const { status, text } = await api.call({ ...requestFor(entry, mine), token })
    assert.equal(status, entry.status, `${entry.operationId}: ${text}`)
  }
})

test('these operations are for applications too, with these capabilities', () => {
  const marks = guarded
    .filter(shared)
    .map(({ operationId, capability }) => [
      operationId.replace(/^v1\./, ''),
      capability ?? 'ViewBase',
    ])
  assert.deepEqual(Object.fromEntries(marks), {
    'authentication.logout': 'ViewBase',
    'authentication.whoami': 'ViewBase',
    'application.get': 'ViewBase',
    'endpoint.list': 'ViewBase',
    'endpoint.create': 'ManageEndpoint',
    'endpoint.get': 'ViewBase',
    'endpoint.upsert': 'ManageEndpoint',
    'endpoint.patch': 'ManageEndpoint',
    'endpoint.delete': 'ManageEndpoint',
    'bellwire.endpoint.resume': 'ManageEndpoint',
    'bellwire.hook.subscribe': 'ManageEndpoint',
    'bellwire.hook.list': 'ViewBase',
    'bellwire.hook.get': 'ViewBase',
    'bellwire.hook.unsubscribe': 'ManageEndpoint',
    'bellwire.hook.list-events': 'ViewBase',
    'bellwire.hook.list-samples': 'ViewBase',
    'bellwire.hook.list-fields': 'ViewBase',
    'endpoint.get-secret': 'ViewEndpointSecret',
    'endpoint.rotate-secret': 'ManageEndpointSecret',
    'endpoint.get-headers': 'ViewBase',
    'endpoint.set-headers': 'ManageEndpoint',
    'endpoint.patch-headers': 'ManageEndpoint',
    'bellwire.endpoint.get-auth': 'ViewBase',
    'bellwire.endpoint.set-auth': 'ManageEndpoint',
    'bellwire.endpoint.patch-auth': 'ManageEndpoint',
    'bellwire.endpoint.delete-auth': 'ManageEndpoint',
    'endpoint.get-oauth': 'ViewBase',
    'endpoint.get-oauth-2': 'ViewBase',
    'endpoint.set-oauth-config': 'ManageEndpoint',
    'endpoint.delete-oauth-config': 'ManageEndpoint',
    'endpoint.transformation.get': 'ViewEndpointSecret',
    'endpoint.transformation.patch': 'ManageTransformations',
    'bellwire.endpoint.transformation.list-versions': 'ViewEndpointSecret',
    'bellwire.endpoint.transformation.roll-back': 'ManageTransformations',
    'endpoint.transformation.simulate': 'ManageTransformations',
    'bellwire.endpoint.get-transport': 'ViewBase',
    'bellwire.endpoint.set-transport': 'ManageEndpoint',
    'bellwire.endpoint.patch-transport': 'ManageEndpoint',
    'bellwire.endpoint.delete-transport': 'ManageEndpoint',
    'bellwire.endpoint.get-verification': 'ViewBase',
    'bellwire.endpoint.send-challenge': 'ManageEndpoint',
    'bellwire.endpoint.answer-challenge': 'ManageEndpoint',
    'bellwire.template.list': 'ViewBase',
    'background-task.get': 'ViewBase',
    'bellwire.endpoint.get-template': 'ViewBase',
    'bellwire.endpoint.set-template': 'ManageTransformations',
    'bellwire.endpoint.delete-template': 'ManageTransformations',
    'bellwire.endpoint.preview-template': 'ManageTransformations',
    'bellwire.endpoint.get-filter': 'ViewBase',
    'bellwire.endpoint.set-filter': 'ManageEndpoint',
    'bellwire.endpoint.test-filter': 'ViewBase',
    'bellwire.application.segment.list': 'ViewBase',
    'bellwire.application.segment.get': 'ViewBase',
    'bellwire.application.segment.upsert': 'ManageEndpoint',
    'bellwire.application.segment.delete': 'ManageEndpoint',
    'event-type.list': 'ViewBase',
    'event-type.get': 'ViewBase',
    'message.list': 'ViewBase',
    'message.get': 'ViewBase',
    'message.search': 'ViewBase',
    'bellwire.poller.list': 'ViewBase',
    'bellwire.poller.create': 'ManageEndpoint',
    'bellwire.poller.patch': 'ManageEndpoint',
    'bellwire.poller.delete': 'ManageEndpoint',
    'message.poller.poll': 'ViewBase',
    'message.poller.consumer-poll': 'ViewBase',
    'message.poller.consumer-seek': 'CreateAttempts',
    'authentication.get-poller-token': 'ViewEndpointSecret',
    'authentication.rotate-poller-token': 'ManageEndpointSecret',
    'message-attempt.list-by-endpoint': 'ViewBase',
    'message-attempt.list-by-msg': 'ViewBase',
    'message-attempt.get': 'ViewBase',
    'message-attempt.resend': 'CreateAttempts',
    'message-attempt.count-by-endpoint': 'ViewBase',
    'message-attempt.list-by-msg-deprecated': 'ViewBase',
    'message-attempt.list-by-endpoint-deprecated': 'ViewBase',
    'message-attempt.list-attempted-messages': 'ViewBase',
    'message-attempt.list-attempted-destinations': 'ViewBase',
    'message-attempt.get-headers': 'ViewBase',
    'message.get-raw-payload': 'ViewBase',
    'endpoint.get-stats': 'ViewBase',
    'endpoint.get-throttling-status': 'ViewBase',
    'bellwire.endpoint.get-fifo': 'ViewBase',
    'bellwire.message.cancel-delivery': 'ManageEndpoint',
    'endpoint.send-example': 'CreateAttempts',
    'endpoint.recover': 'CreateAttempts',
    'endpoint.replay-missing': 'CreateAttempts',
    'endpoint.bulk-replay': 'CreateAttempts',
  })
})
