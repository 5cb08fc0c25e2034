// What belongs to somebody else answers like what never existed, on every route of the table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'
import { type Names, NEVER, requestFor, said, seedNames, snapshot } from './requests.ts'

const api = await startApi()
const other = await api.otherEnvironment()
const mine = await seedNames(api)
const sibling = await seedNames(api)
const theirs = await seedNames(api, other.token)

const named = routes.filter(({ path }) => path.includes(':'))
const lastNameOf = (path: string) => /.*:(\w+)/.exec(path)![1]!.replace(/_ref$/, '_id')

for (const entry of named) {
  const name = lastNameOf(entry.path)
  const upsert = entry.operationId.endsWith('.upsert')
  // Named by their owner: the same name in two environments is two things.
  const creates =
    (upsert && ['event_type_name', 'app_id', 'operational_endpoint_id'].includes(name)) ||
    entry.operationId === 'bellwire.segment.upsert'

  test(`${entry.operationId}: another environment's ids are not there`, async () => {
    const { token } = creates ? await api.otherEnvironment() : other
    const call = (names: Names) => api.call({ ...requestFor(entry, names), token })
    const before = await snapshot(api)
    const never = await call({ ...theirs, [name]: NEVER[name]!, ...(creates ? {} : NEVER) })
    const foreign = await call(mine)
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
  const inner = entry.path
    .match(/:(\w+)/g)!
    .slice(1)
    .map((part) => part.slice(1).replace(/_ref$/, '_id'))
    // A consumer is nothing but a name that a receiver gives itself, and of segments see filters.test.ts.
    .filter((name) => name !== 'consumer_id' && name !== 'segment_name')
  for (const wrong of inner) {
    test(`${entry.operationId}: another application's ${wrong} is not there`, async () => {
      const before = await snapshot(api)
      const foreign = await api.call(requestFor(entry, { ...mine, [wrong]: sibling[wrong]! }))
      if (upsert && wrong === name) {
        assert.equal(foreign.status, 201)
        assert.notEqual(foreign.body.id, sibling[wrong])
        return
      }
      const never = await api.call(requestFor(entry, { ...mine, [wrong]: NEVER[wrong]! }))
      assert.equal(foreign.status, 404, foreign.text)
      assert.deepEqual(said(foreign), said(never))
      assert.deepEqual(await snapshot(api), before)
    })
  }
}

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
