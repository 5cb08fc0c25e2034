// Who a capture is from, whether it is signed, and how it came, as a running server says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBin as openBinOf } from '../bin.ts'
import { startBellwire } from '../harness.ts'
import { githubSignature, SECRET } from '../provider.ts'

const bellwire = await startBellwire({ BELLWIRE_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' })
const direct = await startBellwire({}, [], bellwire.home)
const openBin = () => openBinOf(bellwire)

type Verdict = {
  verdict: string
  provider: string | null
  reason: string | null
  findings: { code: string; message: string }[]
}

async function verify(path: string, fields?: object) {
  const { status, body, text } = await bellwire.call('POST', path, fields)
  assert.equal(status, 200, text)
  return body as unknown as Verdict
}

test('a provider is recognised by its headers, and its signature verified without naming it', async () => {
  const bin = await openBin()
  const body = '{"zen":"Keep it logically awesome."}'
  const headers = { 'X-Hub-Signature-256': githubSignature(body), 'X-GitHub-Event': 'ping' }
  await bin.send({ method: 'POST', body, headers })
  const [capture] = await bin.captures()
  assert.equal(capture!.provider?.name, 'github')
  assert.deepEqual(capture!.provider.because, ['X-Hub-Signature-256', 'X-GitHub-Event'])
  assert.equal(capture!.verdict, null)
  const path = `${bin.path}/capture/${capture!.id}/verify`
  const right = await verify(path, { secret: SECRET })
  assert.deepEqual([right.verdict, right.provider, right.findings], ['valid', 'github', []])
  const wrong = await verify(path, { secret: `${SECRET}\n` })
  assert.equal(wrong.verdict, 'invalid')
  assert.ok(wrong.findings.length > 1, JSON.stringify(wrong.findings))
  const none = await verify(path)
  assert.deepEqual([none.verdict, none.provider], ['no_secret', 'github'])
  const { status } = await bellwire.call('POST', path, { variant: 'v1' })
  assert.equal(status, 422)
})

test('of headers that two send both are tried, and what is not signed or not known says so', async () => {
  const bin = await openBin()
  const body = '{}'
  await bin.send({
    ...{ method: 'POST', body },
    headers: { 'X-Hub-Signature-256': githubSignature(body) },
  })
  await bin.send({ method: 'POST', body, headers: { 'X-GitHub-Event': 'push' } })
  await bin.send({ method: 'POST', body, headers: { 'X-Anything': '1' } })
  const [unknown, unsigned, signed] = await bin.captures()
  assert.deepEqual([signed!.provider?.name, signed!.provider?.alsoPossible], ['github', ['meta']])
  assert.equal(unknown!.provider, null)
  const verdictOf = async (id: string) =>
    (await verify(`${bin.path}/capture/${id}/verify`, { secret: SECRET })).verdict
  assert.equal(await verdictOf(signed!.id), 'valid')
  assert.equal(await verdictOf(unsigned!.id), 'unsigned')
  assert.equal(await verdictOf(unknown!.id), 'unknown_provider')
})

test('only a trusted proxy is believed about TLS and the sender', async () => {
  const bin = await openBin()
  const headers = {
    'X-Forwarded-For': '203.0.113.9, 198.51.100.7, 10.1.2.3',
    'X-Forwarded-Proto': 'http, https',
  }
  await bin.send({ headers })
  await bin.send()
  await bin.send({ headers: { 'X-Forwarded-For': 'nonsense' } })
  const [nonsense, plain, proxied] = await bin.captures()
  assert.deepEqual(proxied!.forwarded, { proto: 'https', address: '198.51.100.7' })
  assert.equal(plain!.forwarded, null)
  assert.equal(nonsense!.forwarded, null)
  await fetch(`${direct.url}${bin.target}`, { headers })
  const [untrusted] = await bin.captures()
  assert.equal(untrusted!.forwarded, null)
})

test('a capture that was changed is signed anew before it is sent again', async () => {
  const bin = await openBin()
  const body = '{"zen":"Keep it logically awesome."}'
  const headers = { 'X-Hub-Signature-256': githubSignature(body), 'X-GitHub-Event': 'ping' }
  await bin.send({ method: 'POST', body, headers })
  const [github] = await bin.captures()
  const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const old = { 'svix-id': 'msg_1', 'svix-timestamp': '1', 'svix-signature': 'v1,old' }
  await bin.send({ method: 'POST', body, headers: old })
  const [standard] = await bin.captures()
  const changed = Buffer.from('{"zen":"changed"}').toString('base64')
  for (const [capture, secret, provider] of [
    [github!, 'another secret', 'github'],
    [standard!, key, 'standard-webhooks'],
  ] as const) {
    const one = `${bin.path}/capture/${capture.id}`
    const fields = { url: `${bin.url}/again`, body: changed, sign: { secret } }
    const { status, text } = await bellwire.call('POST', `${one}/replay`, fields)
    assert.equal(status, 200, text)
    const [again] = await bin.captures()
    const verdict = await verify(`${bin.path}/capture/${again!.id}/verify`, { secret })
    assert.deepEqual([verdict.verdict, verdict.provider], ['valid', provider])
  }
  for (const [sign, loc] of [
    [{ secret: 'x', provider: 'nobody' }, 'provider'],
    [{ secret: 'no key', provider: 'discord' }, 'secret'],
  ] as const) {
    const path = `${bin.path}/capture/${github!.id}/replay`
    const { status, body } = await bellwire.call('POST', path, { url: bin.url, sign })
    assert.equal(status, 422)
    assert.deepEqual((body['detail'] as { loc: string[] }[])[0]!.loc, ['body', 'sign', loc])
  }
})
