import { MAX_BODY_BYTES, startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'there' })).body
const create = { method: 'POST', path: 'app' }
const unread = { ...create, status: 422, has: ['"value_error.jsondecode"'], loc: ['body'] }
const deep = (levels: number) =>
  `{"name":"x","metadata":null,"more":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
const sized = (bytes: number) => {
  const rest = '{"name":"x","more":""}'.length
  return `{"name":"x","more":"${'y'.repeat(bytes - rest)}"}`
}

testCases(api, [
  { name: 'malformed JSON is refused', ...unread, body: '{"name":' },
  { name: 'a trailing comma is refused', ...unread, body: '{"name":"x",}' },
  { name: 'text after the JSON is refused', ...unread, body: '{"name":"x"} more' },
  { name: 'an empty body is refused', ...unread, body: '' },
  { name: 'a missing body is refused', ...unread },
  { name: 'a byte order mark is refused', ...unread, body: '\ufeff{"name":"x"}' },
  {
    name: 'invalid UTF-8 is refused',
    ...unread,
    body: Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]),
  },
  { name: 'UTF-16 is refused', ...unread, body: Buffer.from('{"name":"x"}', 'utf16le') },
  { name: 'more than 128 levels are refused', ...unread, body: deep(129) },
  { name: '128 levels are read', ...create, body: deep(128), status: 201 },
  {
    name: 'brackets inside of strings are no levels',
    ...create,
    body: { name: '['.repeat(500) },
    status: 201,
  },
  { name: 'an array is no object', ...unread, body: '[]' },
  { name: 'null is no object', ...unread, body: 'null' },
  { name: 'a number is no object', ...unread, body: '1e999' },
  {
    name: 'a body of the largest size is read',
    ...create,
    body: sized(MAX_BODY_BYTES),
    status: 201,
  },
  { name: 'one byte more is too large', ...create, body: sized(MAX_BODY_BYTES + 1), status: 413 },
  {
    name: 'a body that is both too large and broken is too large',
    ...create,
    body: '{'.repeat(MAX_BODY_BYTES + 1),
    status: 413,
  },
  {
    name: 'unknown fields are ignored',
    ...create,
    body: { name: 'x', colour: 'red' },
    status: 201,
  },
  {
    name: 'fields that plain objects inherit are ignored',
    ...create,
    body: '{"name":"x","__proto__":{"uid":"sneaky"},"constructor":1,"toString":2}',
    status: 201,
    hasNot: ['sneaky'],
  },
  {
    name: 'a field that is inherited is missing',
    ...create,
    body: '{"__proto__":{"name":"x"}}',
    status: 422,
  },
  {
    name: 'every problem is named with its place',
    ...create,
    body: { name: 1, uid: 'a b', throttleRate: 'fast' },
    status: 422,
    has: ['["body","name"]', '["body","uid"]', '["body","throttleRate"]'],
  },
  {
    name: 'places in lists are strings',
    method: 'POST',
    path: `app/${id}/endpoint`,
    body: { url: 'https://example.com', channels: ['good', 'b d'] },
    status: 422,
    loc: ['body', 'channels', '[1]'],
  },
  { name: 'an empty patch changes nothing', method: 'PATCH', path: `app/${id}`, status: 200 },
  { name: 'so does an empty object', method: 'PATCH', path: `app/${id}`, body: '{}', status: 200 },
  {
    name: 'a patch of spaces is refused',
    method: 'PATCH',
    path: `app/${id}`,
    body: ' ',
    status: 422,
  },
  { name: 'null is no patch', method: 'PATCH', path: `app/${id}`, body: 'null', status: 422 },
  { name: 'GET ignores a body', method: 'GET', path: `app/${id}`, body: '{broken', status: 200 },
  {
    name: 'DELETE ignores a body',
    method: 'DELETE',
    path: `app/${id}`,
    body: '{broken',
    status: 204,
  },
])
