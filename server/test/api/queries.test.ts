import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there' })).body
const get = { method: 'GET' }
const wrong = { ...get, status: 400, has: ['"code":"generic_error"'] }
const ruled = { ...get, status: 422 }
const empty = {
  ...get,
  status: 200,
  has: ['"data":[]', '"iterator":null', '"done":true'],
  hasNot: ['prevIterator'],
}

const LISTS = ['app', 'event-type', `app/${id}/endpoint`, `app/${id}/msg`]

testCases(api, [
  ...LISTS.flatMap((path) => [
    { name: `${path} refuses limit=0`, ...ruled, path: `${path}?limit=0`, loc: ['query', 'limit'] },
    {
      name: `${path} refuses limit=-1`,
      ...ruled,
      path: `${path}?limit=-1`,
      loc: ['query', 'limit'],
    },
    {
      name: `${path} refuses limit=251`,
      ...ruled,
      path: `${path}?limit=251`,
      loc: ['query', 'limit'],
    },
    {
      name: `${path} cannot read a limit beyond all numbers`,
      ...wrong,
      path: `${path}?limit=${'9'.repeat(400)}`,
    },
    { name: `${path} takes limit=250`, ...get, path: `${path}?limit=250`, status: 200 },
    { name: `${path} takes limit=1`, ...get, path: `${path}?limit=1`, status: 200 },
    { name: `${path} cannot read limit=abc`, ...wrong, path: `${path}?limit=abc` },
    { name: `${path} cannot read limit=1.5`, ...wrong, path: `${path}?limit=1.5` },
    { name: `${path} cannot read an empty limit`, ...wrong, path: `${path}?limit=` },
    {
      name: `${path} refuses an iterator that is none`,
      ...ruled,
      path: `${path}?iterator=BAD-$$$ITERATOR`,
      loc: ['query', 'iterator'],
    },
    { name: `${path} refuses an iterator with a NUL`, ...ruled, path: `${path}?iterator=a%00` },
    {
      name: `${path} refuses an iterator that is only a sign`,
      ...ruled,
      path: `${path}?iterator=-`,
    },
  ]),
  {
    name: 'an iterator of another kind is refused',
    ...ruled,
    path: `app/${id}/endpoint?iterator=${id}`,
  },
  {
    name: 'an id beyond 128 bits is no iterator',
    ...ruled,
    path: `app?iterator=app_${'z'.repeat(27)}`,
  },
  { name: 'order=up cannot be read', ...wrong, path: 'app?order=up' },
  { name: 'an empty order cannot be read', ...wrong, path: 'app?order=' },
  { name: 'before=soon cannot be read', ...wrong, path: `app/${id}/msg?before=soon` },
  { name: 'a date without time cannot be read', ...wrong, path: `app/${id}/msg?before=2026-01-31` },
  {
    name: 'the 30th of February cannot be read',
    ...wrong,
    path: `app/${id}/msg?after=2026-02-30T00:00:00Z`,
  },
  {
    name: 'a time without zone cannot be read',
    ...wrong,
    path: `app/${id}/msg?before=2026-01-31T10:00:00`,
  },
  { name: 'with_content=1 cannot be read', ...wrong, path: `app/${id}/msg?with_content=1` },
  { name: 'with_content=True cannot be read', ...wrong, path: `app/${id}/msg?with_content=True` },
  {
    name: 'get_if_exists=yes cannot be read',
    ...wrong,
    method: 'POST',
    path: 'app?get_if_exists=yes',
    body: { name: 'x' },
  },
  { name: 'expunge=x cannot be read', ...wrong, method: 'DELETE', path: 'event-type/x?expunge=x' },
  { name: 'of a value given twice the last counts', ...ruled, path: 'app?limit=5&limit=0' },
  {
    name: 'a NUL in a channel is refused',
    ...ruled,
    path: `app/${id}/msg?channel=%00`,
    loc: ['query', 'channel'],
  },
  {
    name: 'a NUL in a tag is refused',
    ...ruled,
    path: `app/${id}/msg?tag=a%00`,
    loc: ['query', 'tag'],
  },
  { name: 'a NUL in an event type is refused', ...ruled, path: `app/${id}/msg?event_types=a%00` },
  {
    name: 'an empty list of event types filters nothing',
    ...empty,
    path: `app/${id}/msg?event_types=`,
  },
  { name: 'a list of commas filters nothing', ...empty, path: `app/${id}/msg?event_types=,,` },
  {
    name: 'parameters that plain objects inherit are ignored',
    ...get,
    path: 'app?__proto__=x&constructor=y',
    status: 200,
  },
  { name: 'an empty list has no iterators', ...empty, path: `app/${id}/endpoint` },
])

for (const spelled of [
  '2026-01-31T10:00:00Z',
  '2026-01-31t10:00:00z',
  '2026-01-31T10:00:00.123456789Z',
  '2026-01-31T12:00:00+02:00',
  '2026-01-31 10:00:00Z',
  '2026-01-31 10:00:00 UTC',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
]) {
  testCases(api, [
    {
      name: `${spelled} is a time`,
      ...empty,
      path: `app/${id}/msg?after=${encodeURIComponent(spelled)}`,
    },
  ])
}
