import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOwnBins } from './own-bins.ts'

const TOKEN = `bwb_${'a'.repeat(43)}`
const isOwnListener = (address: string, port: number) => address === '127.0.0.1' && port === 8400
const isOwnBin = createOwnBins('https://hooks.example.com/bellwire', isOwnListener)

const CASES: [host: string, port: number, path: string, address: string | null, boolean][] = [
  ['127.0.0.1', 8400, `/b/${TOKEN}`, '127.0.0.1', true],
  ['127.0.0.1', 8400, `/b/${TOKEN}/any/path?a=1`, '127.0.0.1', true],
  ['127.0.0.1', 8400, '/api/v1/app', '127.0.0.1', false],
  ['127.0.0.1', 8400, '/b/short', '127.0.0.1', false],
  ['127.0.0.1', 8401, `/b/${TOKEN}`, '127.0.0.1', false],
  ['127.0.0.1', 8400, `/b/${TOKEN}`, null, false],
  ['hooks.example.com', 443, `/bellwire/b/${TOKEN}`, '10.0.0.7', true],
  ['hooks.example.com', 443, `/bellwire/b/${TOKEN}`, null, true],
  ['hooks.example.com', 443, `/b/${TOKEN}`, '10.0.0.7', false],
  ['hooks.example.com', 80, `/bellwire/b/${TOKEN}`, '10.0.0.7', false],
  ['other.example.com', 443, `/bellwire/b/${TOKEN}`, '10.0.0.7', false],
  ['hooks.example.com', 443, `/bellwire/b/${TOKEN}/..%2f..%2fadmin`, '10.0.0.7', false],
  ['hooks.example.com', 443, `/bellwire/b/${TOKEN}/x\\y`, '10.0.0.7', false],
  ['hooks.example.com', 443, `/bellwire/b/${TOKEN}%2f../admin`, '10.0.0.7', false],
]

for (const [host, port, path, address, expected] of CASES) {
  test(`${host}:${port}${path} at ${address} is ${expected ? 'a bin' : 'no bin'} of ours`, () => {
    assert.equal(isOwnBin({ host, port, path }, address), expected)
  })
}

test('without a public URL only our own port leads to our bins', () => {
  const isOwn = createOwnBins(null, isOwnListener)
  assert.equal(isOwn({ host: 'a.example', port: 443, path: `/b/${TOKEN}` }, '10.0.0.7'), false)
  assert.equal(isOwn({ host: 'x', port: 8400, path: `/b/${TOKEN}` }, '127.0.0.1'), true)
})
