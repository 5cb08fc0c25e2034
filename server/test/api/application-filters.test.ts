import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const url = 'https://example.com'

test('applications without endpoints, or with disabled ones only, can be left out of the list', async () => {
  const live = (await api.post('app', { name: 'live' })).body.id
  await api.post(`app/${live}/endpoint`, { url })
  await api.post(`app/${live}/endpoint`, { url, disabled: true })
  const none = (await api.post('app', { name: 'none' })).body.id
  const off = (await api.post('app', { name: 'off' })).body.id
  await api.post(`app/${off}/endpoint`, { url, disabled: true })
  const gone = (await api.post('app', { name: 'gone' })).body.id
  const deleted = (await api.post(`app/${gone}/endpoint`, { url })).body.id
  await api.delete(`app/${gone}/endpoint/${deleted}`)
  const list = async (query: string) =>
    (await api.get(`app?${query}`)).body.data.map(({ id }) => id)
  assert.deepEqual(await list(''), [live, none, off, gone])
  assert.deepEqual(await list('exclude_apps_with_no_endpoints=true'), [live, off])
  assert.deepEqual(await list('exclude_apps_with_disabled_endpoints=true'), [live, none, gone])
  const both = 'exclude_apps_with_no_endpoints=true&exclude_apps_with_disabled_endpoints=true'
  assert.deepEqual(await list(both), [live])
})
