import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { toCode } from './capture-code.ts'
import type { RawRequest } from './source.ts'

const request = (fields: Partial<RawRequest>): RawRequest => ({
  ...{ method: 'POST', target: '/b/bwb_token/hooks?x={1}', httpVersion: '1.1' },
  ...{ headers: [], remoteAddress: '127.0.0.1', body: Buffer.alloc(0) },
  ...fields,
})

/** The arguments that a shell makes of the command, and what it pipes into curl. */
function run(code: string) {
  const script = `curl() { for each in "$@"; do printf '%s\\0' "$each"; done; printf 'END'; cat; }\n`
  const out = execFileSync('sh', ['-c', script + code], { input: '' })
  const end = out.indexOf('\0END')
  return {
    arguments: out.subarray(0, end).toString().split('\0'),
    piped: out.subarray(end + '\0END'.length),
  }
}

test('as curl, a shell passes on the very headers and bytes, and nothing is added', () => {
  const body = Buffer.from([0, 39, 255, 10, 36, 96])
  const headers: [string, string][] = [
    ['Host', 'gone.example'],
    ['X-Quoted', `it's "$HOME" \`id\``],
    ['X-Empty', ''],
    ['Content-Length', '6'],
  ]
  const made = run(toCode(request({ headers, body }), { format: 'curl', url: null }))
  assert.deepEqual(made.arguments, [
    ...['--globoff', '-X', 'POST', 'http://localhost:3000/hooks?x={1}'],
    ...['-H', `X-Quoted: it's "$HOME" \`id\``, '-H', 'X-Empty;'],
    ...['-H', 'User-Agent:', '-H', 'Accept:', '-H', 'Content-Type:'],
    ...['--data-binary', '@-'],
  ])
  assert.deepEqual(made.piped, body)
})

test('a method from a stranger stays a word, and HEAD waits for no body', () => {
  const made = run(toCode(request({ method: "X'; id" }), { format: 'curl', url: 'http://a/' }))
  assert.deepEqual(made.arguments.slice(0, 4), ['--globoff', '-X', "X'; id", 'http://a/'])
  assert.match(toCode(request({ method: 'HEAD' }), { format: 'curl', url: null }), /--head/)
})

test('as a fixture it holds what came, without the token of the bin', () => {
  const code = toCode(request({ body: Buffer.from('hi') }), { format: 'fixture', url: null })
  assert.deepEqual(JSON.parse(code), {
    ...{ method: 'POST', target: '/hooks?x={1}', headers: [] },
    body: Buffer.from('hi').toString('base64'),
  })
  const bare = toCode(request({ target: '/b/bwb_token?a=1' }), { format: 'fixture', url: null })
  assert.equal(JSON.parse(bare).target, '/?a=1')
})

test('as fetch, a GET with a body says that the body is not sent', () => {
  const get = request({ method: 'GET', body: Buffer.from('x') })
  assert.match(toCode(get, { format: 'fetch', url: null }), /fetch sends no body with GET/)
})
