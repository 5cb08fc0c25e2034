import assert from 'node:assert/strict'
import test from 'node:test'
import { parseAddress, parsePrefix } from './addresses.ts'
import { decodeNat64, parseNat64, revealedPrefix } from './nat64.ts'

// RFC 6052 §2.4: 192.0.2.33 under each prefix length.
const RFC_EXAMPLES: [prefix: string, address: string][] = [
  ['2001:db8::/32', '2001:db8:c000:221::'],
  ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
  ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
  ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
  ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100::'],
  ['2001:db8:122:344::/96', '2001:db8:122:344::192.0.2.33'],
]

for (const [prefix, address] of RFC_EXAMPLES) {
  test(`${address} under ${prefix} holds 192.0.2.33`, () => {
    const inside = decodeNat64(parseAddress(address)!, [parsePrefix(prefix)!])
    assert.equal(inside?.text, '192.0.2.33')
  })
}

test('the well-known prefix needs no declaration, others do', () => {
  assert.equal(decodeNat64(parseAddress('64:ff9b::a00:1')!, [])?.text, '10.0.0.1')
  assert.equal(decodeNat64(parseAddress('64:ff9b:1::a00:1')!, []), null)
  assert.equal(decodeNat64(parseAddress('10.0.0.1')!, []), null)
})

test('an answer for ipv4only.arpa reveals the prefix around it', () => {
  const prefix = revealedPrefix(parseAddress('2606:1:2:3::192.0.0.170')!)
  assert.equal(prefix?.bits, 96)
  assert.equal(decodeNat64(parseAddress('2606:1:2:3::10.0.0.1')!, [prefix!])?.text, '10.0.0.1')
  assert.equal(revealedPrefix(parseAddress('2606:1:2:3::1')!), null)
})

test('declared prefixes are read strictly', () => {
  assert.equal(parseNat64('64:ff9b:1::/48, 2606:1::/96').length, 2)
  for (const text of ['10.0.0.0/8', '2606::/44', '2606::']) {
    assert.throws(() => parseNat64(text), /is not an IPv6 prefix/, text)
  }
})
