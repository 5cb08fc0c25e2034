// Rules that several resources share: metadata, text, rates.
import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there' })).body
const endpoint = (await api.post(`app/${id}/endpoint`, { url: 'https://example.com' })).body

/** `{"k":"…"}` of exactly so many bytes as compact JSON. */
const metadata = (bytes: number, fill = 'v') => {
  const room = bytes - '{"k":""}'.length
  return { k: fill.repeat(room / Buffer.byteLength(fill)) }
}

const TARGETS = [
  { method: 'POST', path: 'app', rest: { name: 'x' }, status: 201 },
  { method: 'PUT', path: `app/${id}`, rest: { name: 'x' }, status: 200 },
  { method: 'PATCH', path: `app/${id}`, rest: {}, status: 200 },
  { method: 'POST', path: `app/${id}/endpoint`, rest: { url: 'https://example.com' }, status: 201 },
  {
    method: 'PUT',
    path: `app/${id}/endpoint/${endpoint.id}`,
    rest: { url: 'https://example.com' },
    status: 200,
  },
  { method: 'PATCH', path: `app/${id}/endpoint/${endpoint.id}`, rest: {}, status: 200 },
]

testCases(
  api,
  TARGETS.flatMap(({ method, path, rest, status }): Case[] => {
    const of = path.replace(/_\w+/g, '')
    const say = (fact: string, body: object) => ({
      name: `${method} ${of}: ${fact}`,
      method,
      path,
      body: { ...rest, ...body },
    })
    const refused = (fact: string, field: string, value: unknown) => ({
      ...say(fact, { [field]: value }),
      status: 422,
      has: [`["body","${field}"`],
    })
    return [
      { ...say('metadata may have 4096 bytes', { metadata: metadata(4096) }), status },
      { ...say('metadata may have 4096 bytes of text', { metadata: metadata(4096, 'é') }), status },
      refused('metadata may not have 4097 bytes', 'metadata', metadata(4097)),
      refused('metadata may not have more bytes than characters', 'metadata', metadata(4098, 'é')),
      refused('metadata may not hold numbers', 'metadata', { a: 1 }),
      refused('metadata may not hold null', 'metadata', { a: null }),
      refused('metadata may not nest', 'metadata', { a: {} }),
      refused('metadata may not be a list', 'metadata', ['a']),
      refused('metadata may not be text', 'metadata', 'a'),
      refused('metadata may not hold U+0000', 'metadata', { a: '\0' }),
      refused('names in metadata may not hold U+0008', 'metadata', { '\b': 'a' }),
      refused('a rate may not be 0', 'throttleRate', 0),
      refused('a rate may not be 65536', 'throttleRate', 65_536),
      refused('a rate may not be a fraction', 'throttleRate', 1.5),
      refused('a rate may not be text', 'throttleRate', '5'),
      refused('the older name has the same range', 'rateLimit', 0),
      { ...say('a rate may be 1', { throttleRate: 1 }), status, has: ['"rateLimit":1'] },
      { ...say('a rate may be 65535', { throttleRate: 65_535 }), status },
      {
        ...say('a rate may be null', { throttleRate: null }),
        status,
        has: ['"throttleRate":null'],
      },
    ]
  }),
)

const keys = `management/authentication/${api.environmentId}/api-token`
const TEXTS = [
  { path: 'app', field: 'name', rest: {} },
  { path: `app/${id}/endpoint`, field: 'description', rest: { url: 'https://example.com' } },
  { path: 'event-type', field: 'description', rest: { name: 'text' } },
  { path: 'event-type', field: 'groupName', rest: { name: 'text', description: '' } },
  { path: keys, field: 'name', rest: {} },
]
const post = { method: 'POST', status: 422 }

testCases(
  api,
  TEXTS.flatMap(({ path, field, rest }): Case[] => [
    ...['\0', 'a\u0001', '\u0008b', '\ud800'].map((text) => ({
      name: `the ${field} of ${path.replace(/_\w+/, '')} may not hold ${JSON.stringify(text)}`,
      ...post,
      path,
      body: { ...rest, [field]: text },
      loc: ['body', field],
    })),
    {
      name: `the ${field} of ${path.replace(/_\w+/, '')} may hold tabs, lines and other scripts`,
      ...post,
      path,
      body: { ...rest, [field]: 'a\tb\nc 日本 🎉', ...(path === 'event-type' && { name: field }) },
      status: path === keys ? 200 : 201,
      has: ['日本 🎉'],
    },
  ]),
)

testCases(api, [
  {
    name: 'an application must have a name',
    ...post,
    path: 'app',
    body: {},
    loc: ['body', 'name'],
  },
  {
    name: 'its name may not be empty',
    ...post,
    path: 'app',
    body: { name: '' },
    loc: ['body', 'name'],
  },
  {
    name: 'its name may not be patched away',
    method: 'PATCH',
    path: `app/${id}`,
    body: { name: null },
    status: 422,
    loc: ['body', 'name'],
  },
])
