// What belongs to somebody else answers like what never existed, on every route of the table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'
import { byUid, type Names, NEVER, requestFor, said, seedNames, snapshot } from './requests.ts'

const api = await startApi()
const other = await api.otherEnvironment()
const mine = await seedNames(api)
const sibling = await seedNames(api)
const theirs = await seedNames(api, other.token)
const tokenOfMine = await api.tokenOf(mine['app_id']!)

// A link belongs to whoever has it.
const named = routes.filter(({ path, access }) => path.includes(':') && access !== 'none')
const namesIn = (path: string) =>
  path.match(/:(\w+)/g)!.map((part) => part.slice(1).replace(/_ref$/, '_id'))
const lastNameOf = (path: string) => namesIn(path).at(-1)!

/** Both ways to name what is not one's own. */
const SPELLINGS: [string, (names: Names) => Names][] = [
  ['ids', (names) => names],
  ['uids', byUid],
]

for (const entry of named) {
  const name = lastNameOf(entry.path)
  const upsert = entry.operationId.endsWith('.upsert')
  // Named by their owner: the same name in two environments is two things.
  const creates =
    (upsert && ['event_type_name', 'app_id', 'operational_endpoint_id'].includes(name)) ||
    ['bellwire.segment.upsert', 'bellwire.template.upsert'].includes(entry.operationId)

  for (const [what, spell] of SPELLINGS) {
    test(`${entry.operationId}: another environment's ${what} are not there`, async () => {
      const { token } = creates ? await api.otherEnvironment() : other
      const call = (names: Names) => api.call({ ...requestFor(entry, names), token })
      const before = await snapshot(api)
      const never = await call({ ...theirs, [name]: NEVER[name]!, ...(creates ? {} : NEVER) })
      const foreign = await call(spell(mine))
      if (creates) {
        assert.deepEqual([never.status, foreign.status], [201, 201])
        assert.ok(!Object.values(mine).includes(foreign.body.id))
        return
      }
      assert.equal(foreign.status, 404, foreign.text)
      assert.deepEqual(said(foreign), said(never))
      assert.deepEqual(await snapshot(api), before)
    })

    // Only what is below an application can belong to another one.
    if (!entry.path.includes(':app_id/')) continue
    // A consumer is a name that a receiver gives itself, a segment one that its owner gives it.
    const inner = namesIn(entry.path).filter(
      (name) => name !== 'consumer_id' && name !== 'segment_name',
    )
    for (const wrong of inner.slice(1)) {
      if (what === 'uids' && byUid(sibling)[wrong] === sibling[wrong]) continue // it has ids only
      for (const [who, token] of [
        ['an API key', api.token],
        ['an application token', tokenOfMine],
      ] as const) {
        if (who === 'an application token' && entry.access !== 'application') continue
        test(`${entry.operationId} with ${who}: another application's ${wrong} is not there, by ${what}`, async () => {
          const call = (value: string) =>
            api.call({ ...requestFor(entry, { ...mine, [wrong]: value }), token })
          const before = await snapshot(api)
          const foreign = await call(spell(sibling)[wrong]!)
          if (upsert && wrong === name) {
            assert.equal(foreign.status, 201)
            assert.notEqual(foreign.body.id, sibling[wrong])
            return
          }
          const never = await call(NEVER[wrong]!)
          assert.equal(foreign.status, 404, foreign.text)
          assert.deepEqual(said(foreign), said(never))
          assert.deepEqual(await snapshot(api), before)
        })
      }
    }
  }
}

test('names in queries and bodies reach nobody else either', async () => {
  const list = `app/${mine['app_id']}/attempt/msg/${mine['msg_id']}?endpoint_id=`
  const expunge = `app/${mine['app_id']}/msg/bulk-expunge`
  const usage = { since: new Date(0), until: new Date() }
  const before = await snapshot(api)
  const never = await api.get(`${list}${NEVER['endpoint_id']}`)
  assert.equal(never.status, 404)
  for (const foreign of [sibling, byUid(sibling), theirs, byUid(theirs)]) {
    assert.deepEqual(said(await api.get(`${list}${foreign['endpoint_id']}`)), said(never))
    const { body } = await api.post(expunge, { ids: [foreign['msg_id']] })
    assert.deepEqual(body['results'], { [foreign['msg_id']!]: 'not-found' })
  }
  const count = (app: string) => api.post('stats/usage/app', { ...usage, appIds: [app] })
  const uncounted = await count(NEVER['app_id']!)
  assert.equal(uncounted.status, 422)
  for (const foreign of [theirs, byUid(theirs)]) {
    assert.deepEqual(said(await count(foreign['app_id']!)), said(uncounted))
  }
  assert.deepEqual(await snapshot(api), before)
})

test('an iterator that is the id of somebody else shows nothing of theirs', async () => {
  const { app_id: app, endpoint_id: endpoint, msg_id: message } = mine
  for (const [path, kind] of [
    ['app', 'app_id'],
    [`app/${app}/endpoint`, 'endpoint_id'],
    [`app/${app}/msg`, 'msg_id'],
    [`app/${app}/attempt/endpoint/${endpoint}`, 'attempt_id'],
    [`app/${app}/attempt/msg/${message}`, 'attempt_id'],
    [`app/${app}/endpoint/${endpoint}/msg`, 'msg_id'],
    [`app/${app}/msg/${message}/endpoint`, 'endpoint_id'],
    ['background-task', 'task_id'],
  ] as const) {
    for (const iterator of [theirs[kind]!, `-${theirs[kind]}`]) {
      const { status, text } = await api.get(`${path}?iterator=${iterator}`)
      assert.equal(status, 200)
      for (const id of Object.values(theirs)) assert.ok(!text.includes(`"${id}"`), `${path}: ${id}`)
    }
  }
})

for (const entry of routes.filter(({ method, access }) => method === 'GET' && access !== 'none')) {
  if (entry.path.includes(':')) continue
  test(`${entry.operationId} lists nothing of another environment`, async () => {
    const fresh = await api.otherEnvironment()
    const { text } = await api.call({ ...requestFor(entry, {}), token: fresh.token })
    for (const id of Object.values(mine)) assert.ok(!text.includes(id), id)
  })
}

for (const entry of named.filter(({ method }) => method === 'GET')) {
  test(`${entry.operationId} finds what is its own`, async () => {
    assert.equal((await api.call(requestFor(entry, mine))).status, entry.status)
  })
}
