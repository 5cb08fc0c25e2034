import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/endpoint`
const url = 'https://example.com/'
const { id } = (await api.post(path, { url, uid: 'there' })).body
await api.post('event-type', { name: 'known', description: '' })
await api.post('event-type', { name: 'old', description: '' })
await api.delete('event-type/old')

const create = (fields: object) => ({ method: 'POST', path, body: { url, ...fields } })
const put = (fields: object) => ({ method: 'PUT', path: `${path}/${id}`, body: { url, ...fields } })
const patch = (body: object) => ({ method: 'PATCH', path: `${path}/${id}`, body })
const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

const REFUSED: [string, object, (string | RegExp)[]][] = [
  ['no event types at all', { eventTypes: [] }, ['eventTypes']],
  ['an event type that does not exist', { eventTypes: ['known', 'typo'] }, ['eventTypes']],
  ['an archived event type', { eventTypes: ['old'] }, ['eventTypes']],
  ['an event type with a space', { eventTypes: ['a b'] }, ['eventTypes', '[0]']],
  ['event types that are no list', { eventTypes: 'known' }, ['eventTypes']],
  ['an unknown event type by the older name', { filterTypes: ['typo'] }, ['eventTypes']],
  ['no channels at all', { channels: [] }, ['channels']],
  ['eleven channels', { channels: many(11) }, ['channels']],
  ['a channel with a space', { channels: ['a b'] }, ['channels', '[0]']],
  ['an empty channel', { channels: [''] }, ['channels', '[0]']],
  ['a channel of 129 characters', { channels: ['c'.repeat(129)] }, ['channels', '[0]']],
  ['version 0', { version: 0 }, ['version']],
  ['a fraction of a version', { version: 1.5 }, ['version']],
  ['disabled as text', { disabled: 'yes' }, ['disabled']],
  ['disabled as null', { disabled: null }, ['disabled']],
  ['a description that is null', { description: null }, ['description']],
  ['a url that is null', { url: null }, ['url']],
]

testCases(api, [
  // The type of the old client allows it, but for PATCH.
  {
    name: 'POST takes a version that is null for none',
    ...create({ version: null }),
    status: 201,
    has: ['"version":1,'],
  },
  {
    name: 'PUT takes a version that is null for none',
    ...put({ uid: 'there', version: null }),
    status: 200,
    has: ['"version":1,'],
  },
  {
    name: 'PATCH refuses a version that is null',
    ...patch({ version: null }),
    status: 422,
    loc: ['body', 'version'],
  },
  ...REFUSED.flatMap(([what, fields, at]) =>
    [create(fields), put(fields), patch(fields)].map((call) => ({
      name: `${call.method} refuses ${what}`,
      ...call,
      status: 422,
      loc: ['body', ...at.map(String)],
    })),
  ),
  {
    name: 'the names that are no event types are listed',
    ...create({ eventTypes: ['typo', 'known', 'old', 'other'] }),
    status: 422,
    has: ['typo, old, other'],
    hasNot: ['known'],
  },
  { name: 'known event types are taken', ...create({ eventTypes: ['known'] }), status: 201 },
  { name: 'ten channels are taken', ...create({ channels: many(10) }), status: 201 },
  {
    name: 'duplicates are not counted',
    ...create({ channels: [...many(10), ...many(10)] }),
    status: 201,
  },
  {
    name: 'a channel may have all allowed signs and 128 characters',
    ...create({ channels: ['aZ09-_.:+', 'c'.repeat(128)] }),
    status: 201,
  },
  {
    name: 'a url must be given',
    method: 'POST',
    path,
    body: {},
    status: 422,
    loc: ['body', 'url'],
  },
  { name: 'PUT needs one too', method: 'PUT', path: `${path}/${id}`, body: {}, status: 422 },
  {
    name: 'a uid that is taken is refused',
    ...create({ uid: 'there' }),
    status: 409,
    has: ['"code":"conflict"'],
  },
  {
    name: 'so it is for PUT on an unknown endpoint',
    method: 'PUT',
    path: `${path}/unknown`,
    body: { url, uid: 'there' },
    status: 409,
  },
  { name: 'its own uid is no conflict', ...put({ uid: 'there' }), status: 200 },
  {
    name: 'PUT ignores a secret',
    ...put({ secret: 'nonsense' }),
    status: 200,
    hasNot: ['nonsense'],
  },
])
