// Payload bytes are sacred: the text that came in is the text that is stored and shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/msg`

async function stored(id: string): Promise<string> {
  const { payload } = await api.store.db
    .selectFrom('message')
    .select('payload')
    .where('id', '=', toUuid(id as `msg_${string}`))
    .executeTakeFirstOrThrow()
  return payload!.toString('utf8')
}

const TEXTS: Record<string, string> = {
  'the spelling of numbers': '{"a":1.0,"b":-0,"c":1E400,"d":1e2,"e":0.10}',
  'numbers beyond what doubles hold': '{"big":12345678901234567890,"pi":3.14159265358979323846264}',
  'spaces and line breaks': '{ "a" :\t1 ,\r\n\n "b":[ ] }',
  'the order of keys': '{"b":1,"a":2,"10":3,"9":4}',
  'duplicate keys': '{"a":1,"a":2}',
  'a key __proto__': '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}',
  escapes: '{"a":"\\u0041\\/\\u00e9\\ud83c\\udf89"}',
  'U+0000': '{"a":"\\u0000","\\u0000":1}',
  'lone surrogates': '{"a":"\\ud800"}',
  'text beyond ASCII': '{"ü":"日本 🎉\u2028"}',
  'quotes and brackets inside of strings': '{"a":"}\\"]{[\\\\","payload":{"b":1}}',
  'an empty object': '{}',
  'deep nesting': `{"a":${'['.repeat(126)}${']'.repeat(126)}}`,
}

for (const [what, text] of Object.entries(TEXTS)) {
  test(`${what} survive`, async () => {
    const made = await api.post(path, `{"eventType":"a","payload":${text},"channels":null}`)
    assert.equal(made.status, 202, made.text)
    assert.equal(await stored(made.body.id), text)
    assert.ok(made.text.endsWith(`"payload":${text}}`), made.text)
    assert.ok((await api.get(`${path}/${made.body.id}`)).text.endsWith(`"payload":${text}}`))
    assert.ok((await api.get(`${path}?limit=1`)).text.includes(`"payload":${text}}`))
  })
}

const BODIES: [string, string, string][] = [
  ['spaces around the value', '{"payload" :\n {"a":1} ,"eventType":"a"}', '{"a":1}'],
  ['an escaped name', '{"p\\u0061yload":{"a":1},"eventType":"a"}', '{"a":1}'],
  ['the last of two', '{"payload":{"a":1},"payload":{"a":2.0},"eventType":"a"}', '{"a":2.0}'],
  [
    'the last of two spellings',
    '{"p\\u0061yload":{"a":1},"payload":{"a":2.0},"eventType":"a"}',
    '{"a":2.0}',
  ],
  ['data', '{"data":{"a":1.0},"eventType":"a"}', '{"a":1.0}'],
  ['payload beside data', '{"payload":{"a":1.0},"data":{"a":2},"eventType":"a"}', '{"a":1.0}'],
  [
    'payload inside of another member',
    '{"x":{"payload":{"no":1}},"payload":{"a":1.0},"y":[{"payload":2}],"eventType":"a"}',
    '{"a":1.0}',
  ],
  ['spaces around the body', ' \n{"eventType":"a","payload":{"a":1.0}}\n ', '{"a":1.0}'],
]

for (const [what, body, text] of BODIES) {
  test(`the payload is found with ${what}`, async () => {
    const made = await api.post(path, body)
    assert.equal(made.status, 202, made.text)
    assert.equal(await stored(made.body.id), text)
    assert.ok(made.text.endsWith(`"payload":${text}}`), made.text)
  })
}
