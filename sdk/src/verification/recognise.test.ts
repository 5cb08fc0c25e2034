// Providers tell themselves by what only they send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presets } from '../providers/all.ts'
import { recogniseProviders } from './recognise.ts'
import { schemeOf, variantsOf } from './scheme-of.ts'

const all = Object.values(presets)

const namesFor = (headers: Record<string, string>, { body = '{}', url = '/' } = {}) =>
  recogniseProviders(
    { method: 'POST', url, headers: Object.entries(headers), body: new TextEncoder().encode(body) },
    all,
  ).map(({ preset }) => preset.name)

const CASES: [Record<string, string>, string | undefined][] = [
  [{ 'x-github-event': 'push', 'X-Hub-Signature-256': 'sha256=00' }, 'github'],
  [{ 'x-github-event': 'push' }, 'github'],
  [{ 'Stripe-Signature': 't=1,v1=00' }, 'stripe'],
  [{ 'X-Gitlab-Token': 'it', 'X-Gitlab-Event': 'Push Hook' }, 'gitlab'],
  [{ 'X-Shopify-Hmac-Sha256': 'x', 'X-Shopify-Topic': 'a' }, 'shopify'],
  [{ 'webhook-id': 'a', 'webhook-signature': 'v1,x' }, 'standard-webhooks'],
  [{ 'svix-signature': 'v1,x' }, 'standard-webhooks'],
  [{ 'X-Twilio-Signature': 'x' }, 'twilio'],
  [{ 'x-amz-sns-message-type': 'Notification' }, 'aws-sns'],
  [{ 'X-Hub-Signature': 'sha1=00' }, 'intercom'],
  [{ 'x-unknown': '1', authorization: 'Bearer x', 'idempotency-key': '1' }, undefined],
  [{}, undefined],
]

for (const [headers, name] of CASES) {
  test(`${JSON.stringify(headers)} looks like ${name ?? 'nobody'}`, () => {
    assert.equal(namesFor(headers)[0], name)
  })
}

test('what several send names all of them, and the body parts them', () => {
  const signed = { 'X-Hub-Signature-256': 'sha256=00' }
  assert.deepEqual(namesFor(signed), ['github', 'meta'])
  assert.deepEqual(namesFor(signed, { body: '{"object":"page","entry":[]}' }), ['meta'])
  assert.deepEqual(namesFor(signed, { body: 'no json' }), ['github', 'meta'])
})

test('it says which headers say so, and which scheme is there', () => {
  const headers: [string, string][] = [
    ['X-Gitlab-Token', 'it'],
    ['X-Gitlab-Event', 'Push Hook'],
  ]
  const request = { method: 'POST', url: '/', headers, body: new Uint8Array() }
  const [found] = recogniseProviders(request, all)
  assert.equal(found?.variant, 'legacy-token')
  assert.deepEqual(found?.because, ['X-Gitlab-Token', 'X-Gitlab-Event'])
})

/** Their proofs stand in the body, in `Authorization`, or where somebody chose. */
const IN_NO_HEADER = ['mailgun', 'adyen', 'microsoft-graph', 'microsoft-teams']

test('every preset whose proof stands in a header of its own is among those recognised by it', () => {
  let checked = 0
  for (const preset of all) {
    const scheme = schemeOf(preset, variantsOf(preset)[0] ?? null)
    if (!('signature' in scheme) || !('headers' in scheme.signature)) continue
    if (preset.chosen === 'scheme' || IN_NO_HEADER.includes(preset.name)) continue
    const { headers, prefix = '', list } = scheme.signature
    const value = list === undefined ? `${prefix}x` : `${list.field}${list.pair}x`
    assert.ok(namesFor({ [headers[0]!]: value }).includes(preset.name), preset.name)
    checked++
  }
  assert.ok(checked > 40, `${checked} presets`)
})
