// `__proto__` as a name of a map: refused, because it would be dropped without a word.
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there' })).body
const endpoint = (await api.post(`app/${id}/endpoint`, { url: 'https://example.com' })).body
const map = '{"__proto__":"x","a":"b"}'

testCases(api, [
  {
    name: 'metadata of an application',
    method: 'POST',
    path: 'app',
    body: `{"name":"x","metadata":${map}}`,
    status: 422,
    loc: ['body', 'metadata'],
  },
  {
    name: 'metadata of an endpoint',
    method: 'POST',
    path: `app/${id}/endpoint`,
    body: `{"url":"https://example.com","metadata":${map}}`,
    status: 422,
    loc: ['body', 'metadata'],
  },
  {
    name: 'headers',
    method: 'PUT',
    path: `app/${id}/endpoint/${endpoint.id}/headers`,
    body: `{"headers":${map}}`,
    status: 422,
    loc: ['body', 'headers'],
  },
  {
    name: 'a payload may hold it',
    method: 'POST',
    path: `app/${id}/msg`,
    body: `{"eventType":"a.b","payload":${map}}`,
    status: 202,
    has: [map],
  },
])
