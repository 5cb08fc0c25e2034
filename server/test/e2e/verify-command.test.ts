// `bellwire verify` says whether a request that somebody kept is signed right, and if not, why.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bellwire } from '../process.ts'
import { githubSignature, SECRET } from '../provider.ts'

const folder = await mkdtemp(join(tmpdir(), 'bellwire-verify-'))
after(() => rm(folder, { recursive: true }))

const BODY = '{"action":"opened","n":1}'

async function keep(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const capture = (body: string, headers: [string, string][], more: object = {}) =>
  JSON.stringify({
    ...{ method: 'POST', target: '/b/token', headers, body: { base64: btoa(body) } },
    ...more,
  })

const signed: [string, string][] = [['X-Hub-Signature-256', githubSignature(BODY)]]

test('a request that is signed right ends with 0, as a capture, as bytes and by its parts', async () => {
  const asCapture = await keep('capture.json', capture(BODY, signed))
  const lines = ['POST /hooks HTTP/1.1', 'Host: x', `${signed[0]!.join(': ')}`, '', BODY]
  const crlf = await keep('crlf.http', lines.join('\r\n'))
  const lf = await keep('lf.http', lines.join('\n'))
  const body = await keep('body.json', BODY)
  const parts = ['--header', `x-hub-signature-256: ${signed[0]![1]}`, '--body', body]
  for (const args of [[asCapture], [crlf], [lf], parts]) {
    const given = ['verify', ...args, '--provider', 'github', '--secret', SECRET]
    const { code, stdout, stderr } = await bellwire(given)
    assert.deepEqual([code, stderr], [0, ''], args[0])
    assert.match(stdout, /^The signature matches: github, secret 1 of 1\.$/m)
  }
  const fromInput = await bellwire(
    ['verify', '-', '--provider', 'github', '--secret', 'other', '--secret', SECRET, '--json'],
    {},
    capture(BODY, signed),
  )
  assert.equal(fromInput.code, 0)
  assert.equal(JSON.parse(fromInput.stdout).secretIndex, 1)
})

test('what would match instead is said, and ends with 1', async () => {
  const good = await keep('good.json', capture(BODY, signed))
  const cases: [args: string[], says: RegExp][] = [
    [[good, '--secret-file', await keep('secret', `${SECRET}\n`)], /secret ends in a newline/],
    [[good, '--secret', `"${SECRET}"`], /stands in quotes/],
    [
      [await keep('changed.json', capture(`${BODY}\n`, signed)), '--secret', SECRET],
      /body gained a newline/,
    ],
    [
      [
        await keep('indented.json', capture(JSON.stringify(JSON.parse(BODY), null, 2), signed)),
      ].concat(['--secret', SECRET]),
      /parsed and written again/,
    ],
  ]
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await bellwire(['verify', ...args, '--provider', 'github'])
    assert.equal(code, 1, stdout + stderr)
    assert.match(stdout, says)
    assert.match(stdout, /→ /)
    assert.match(stderr, /^github: .*\(signature_mismatch\)/)
    assert.ok(!(stdout + stderr).includes(SECRET), 'no secret is repeated')
  }
})

test('when nothing fits, the bytes that should be signed are shown, and no terminal is steered', async () => {
  const file = await keep('odd.json', capture('\u001b[2Jx', signed))
  const { code, stdout } = await bellwire([
    ...['verify', file, '--provider', 'github', '--secret', 'quite another'],
  ])
  assert.equal(code, 1)
  assert.match(stdout, /These 5 bytes should be signed/)
  assert.match(stdout, /as text: ·\[2Jx/)
  assert.match(stdout, /as hex: {2}1b5b324a78/)
})

test('time counts as of when it arrived; without a provider its headers tell', async () => {
  const t = 1_800_000_000
  const mac = createHmac('sha256', 'whsec_x').update(`${t}.${BODY}`).digest('hex')
  const headers: [string, string][] = [['Stripe-Signature', `t=${t},v1=${mac}`]]
  const receivedAt = new Date((t + 2) * 1000).toISOString()
  const file = await keep('stripe.json', capture(BODY, headers, { receivedAt }))
  const then = await bellwire(['verify', file, '--secret', 'whsec_x'])
  assert.equal(then.code, 0, then.stderr)
  assert.match(then.stdout, /matches: stripe/)
  const late = await bellwire(['verify', file, '--secret', 'whsec_x', '--at', String(t + 301)])
  assert.equal(late.code, 1)
  assert.match(late.stderr, /timestamp_too_old/)
})

test('what cannot be verified at all is wrong usage, in words', async () => {
  const good = await keep('fine.json', capture(BODY, signed))
  const cases: [args: string[], says: RegExp][] = [
    [[good, '--provider', 'github'], /--secret/],
    [['--secret', 'x'], /file of a request/],
    [[good, '--secret', 'x', '--provider', 'githb'], /No provider is named "githb".*github/],
    [[good, '--secret', 'x', '--provider', 'stripe', '--variant', 'v9'], /no variants/],
    [[good, '--secret', 'x', '--at', 'yesterday'], /--at: expected a time/],
    [[join(folder, 'nowhere'), '--secret', 'x'], /cannot be read/],
    [[await keep('no.txt', 'hello'), '--secret', 'x'], /begins with a line like/],
  ]
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await bellwire(['verify', ...args])
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, says)
  }
})
