import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/endpoint`
const { id } = (await api.post(path, { url: 'https://example.com/' })).body

const REFUSED = [
  'ftp://example.com/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,x',
  'ws://example.com/',
  'example.com',
  '/relative',
  '//example.com/',
  '',
  ' ',
  'http://',
  'https://exa mple.com/',
  'https://example.com:99999/',
  'http://10.1.2.3/',
  'http://192.168.0.1/',
  'http://172.16.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00::1]/',
  'http://[::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://0x0a010203/',
  'http://167838211/',
  'http://012.1.2.3/',
  'http://0.0.0.0/',
  'http://inside.example.com/',
  'http://both.example.com/',
  'http://metadata.google.internal/',
  'https://example.com:22/',
]

const secure = await startApi({ httpsOnly: true })
const securePath = `app/${(await secure.post('app', { name: 'app' })).body.id}/endpoint`

testCases(
  api,
  REFUSED.flatMap((url) => [
    {
      name: `"${url}" is refused`,
      method: 'POST',
      path,
      body: { url },
      status: 422,
      loc: ['body', 'url'],
    },
    {
      name: `"${url}" is refused for PUT`,
      method: 'PUT',
      path: `${path}/${id}`,
      body: { url },
      status: 422,
      loc: ['body', 'url'],
    },
    {
      name: `"${url}" is refused for PATCH`,
      method: 'PATCH',
      path: `${path}/${id}`,
      body: { url },
      status: 422,
      loc: ['body', 'url'],
    },
  ]),
)

const STORED: [string, string][] = [
  ['http://example.com', 'http://example.com/'],
  ['HTTP://Example.COM/Path?Q=1', 'http://example.com/Path?Q=1'],
  ['https://example.com:443/', 'https://example.com/'],
  ['https://example.com/a#fragment', 'https://example.com/a'],
  ['https://example.com/a b', 'https://example.com/a%20b'],
  ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
  ['https://nowhere.example/', 'https://nowhere.example/'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
  ['https://example.com/a/../b', 'https://example.com/b'],
]

for (const [given, stored] of STORED) {
  test(`${given} is stored as ${stored}`, async () => {
    const { status, body } = await api.post(path, { url: given })
    assert.equal(status, 201)
    assert.equal(body['url'], stored)
  })
}

const long = (characters: number) =>
  `https://example.com/${'p'.repeat(characters - 'https://example.com/'.length)}`
const post = { method: 'POST', path }

testCases(api, [
  { name: 'a URL may have 65536 characters', ...post, body: { url: long(65_536) }, status: 201 },
  { name: 'a URL may not have 65537', ...post, body: { url: long(65_537) }, status: 422 },
])

const only = { method: 'POST', path: securePath }

testCases(secure, [
  { name: 'HTTPS-only refuses http', ...only, body: { url: 'http://example.com' }, status: 422 },
  { name: 'HTTPS-only takes https', ...only, body: { url: 'https://example.com' }, status: 201 },
])
