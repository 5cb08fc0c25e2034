import assert from 'node:assert/strict'
import test from 'node:test'
import { neverReachable, specialRow } from './address-table.ts'
import { contains, hasHostBits, parseAddress, parsePrefix } from './addresses.ts'

const verdict = (text: string) => {
  const address = parseAddress(text)
  if (address === null) return 'unparsable'
  return specialRow(address)?.what ?? 'public'
}

test('an address has one key whatever its spelling', () => {
  const spellings: [string, string][] = [
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:DB8::', '2001:db8:0:0:0:0:0:0'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['1::8', '1:0:0:0:0:0:0:8'],
  ]
  for (const [a, b] of spellings) {
    assert.equal(parseAddress(a)?.key, parseAddress(b)?.key, `${a} and ${b}`)
  }
  assert.notEqual(parseAddress('::ffff:10.0.0.1')?.key, parseAddress('10.0.0.1')?.key)
})

test('what is no address is not guessed at', () => {
  for (const text of ['', '1.2.3', '01.2.3.4', '0x7f.1', 'fe80::1%eth0', '[::1]', '1.2.3.4/32']) {
    assert.equal(parseAddress(text), null, text)
  }
  for (const text of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/8x', '/8']) {
    assert.equal(parsePrefix(text), null, text)
  }
})

test('a prefix holds exactly its own addresses, at every length', () => {
  const prefix = parsePrefix('172.16.0.0/12')!
  const inside = (text: string) => contains(prefix, parseAddress(text)!.bytes)
  assert.equal(inside('172.16.0.0'), true)
  assert.equal(inside('172.31.255.255'), true)
  assert.equal(inside('172.15.255.255'), false)
  assert.equal(inside('172.32.0.0'), false)
  assert.equal(inside('::ac10:1'), false)
  assert.equal(hasHostBits(parsePrefix('10.0.0.0/8')!), false)
  assert.equal(hasHostBits(parsePrefix('10.0.0.1/8')!), true)
  assert.equal(hasHostBits(parsePrefix('10.8.0.0/12')!), true)
  assert.equal(hasHostBits(parsePrefix('fd00::1/128')!), false)
})

const VERDICTS: [address: string, what: string][] = [
  ['8.8.8.8', 'public'],
  ['0.1.2.3', 'this host'],
  ['9.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['11.0.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'shared address space'],
  ['100.128.0.0', 'public'],
  ['126.255.255.255', 'public'],
  ['127.255.255.255', 'loopback'],
  ['128.0.0.0', 'public'],
  ['168.63.129.16', 'Azure platform'],
  ['168.63.129.17', 'public'],
  ['169.254.169.254', 'link-local'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'protocol assignments'],
  ['192.0.1.0', 'public'],
  ['192.0.2.1', 'documentation'],
  ['192.31.196.1', 'AS112 and AMT'],
  ['192.88.99.1', '6to4 relay'],
  ['192.167.255.255', 'public'],
  ['192.168.0.1', 'private'],
  ['192.169.0.0', 'public'],
  ['198.17.255.255', 'public'],
  ['198.19.255.255', 'benchmarking'],
  ['198.20.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['224.0.0.1', 'multicast and reserved'],
  ['255.255.255.255', 'multicast and reserved'],
  ['2606:4700:4700::1111', 'public'],
  ['::', 'IPv4-compatible'],
  ['::1', 'loopback'],
  ['::2', 'IPv4-compatible'],
  ['::ffff:8.8.8.8', 'IPv4-mapped'],
  ['::ffff:0:8.8.8.8', 'SIIT'],
  ['2606:4700::5efe:10.0.0.1', 'ISATAP'],
  ['2606:4700::200:5efe:10.0.0.1', 'ISATAP'],
  ['64:ff9b:1::1', 'local NAT64'],
  ['100::1', 'discard'],
  ['1fff::1', 'not global unicast'],
  ['2001::1', 'Teredo, ORCHID and benchmarking'],
  ['2001:1ff:ffff::', 'Teredo, ORCHID and benchmarking'],
  ['2001:200::1', 'public'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4'],
  ['3fff:fff::1', 'documentation'],
  ['3fff:1000::1', 'public'],
  ['4000::1', 'not global unicast'],
  ['5f00::1', 'segment routing'],
  ['fc00::1', 'unique local'],
  ['fdff::1', 'unique local'],
  ['fe80::1', 'link-local, site-local or multicast'],
  ['fec0::1', 'link-local, site-local or multicast'],
  ['ff02::1', 'link-local, site-local or multicast'],
]

for (const [address, what] of VERDICTS) {
  test(`${address} is ${what}`, () => assert.equal(verdict(address), what))
}

test('metadata addresses are never reachable', () => {
  for (const text of [
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
    'fd00:a9fe:a9fe::1',
    'fd00:100::100:200',
  ]) {
    assert.notEqual(neverReachable(parseAddress(text)!), null, text)
  }
  assert.equal(neverReachable(parseAddress('10.0.0.1')!), null)
})

// Forbidden addresses in spellings of chance, each decoded twice: by the URL parser and by us.
test('the URL parser and our arithmetic agree on every spelling', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const digits = [
    (n: number) => String(n),
    (n: number) => `0x${n.toString(16)}`,
    (n: number) => `0${n.toString(8)}`,
    (n: number) => `0X0${n.toString(16).toUpperCase()}`,
  ]
  const spell = (n: number) => digits[random(digits.length)]!(n)
  for (let i = 0; i < 2_000; i++) {
    const bytes = [[10, 127, 169, 192][random(4)]!, random(256), random(256), random(256)]
    const [a, b, c, d] = bytes as [number, number, number, number]
    const text = [
      () => bytes.map(spell).join('.'),
      () => `${spell(a)}.${spell(b)}.${spell(c * 256 + d)}`,
      () => `${spell(a)}.${spell((b * 256 + c) * 256 + d)}`,
      () => spell(((a * 256 + b) * 256 + c) * 256 + d),
    ][random(4)]!()
    const parsed = parseAddress(new URL(`http://${text}/`).hostname)
    assert.deepEqual([...(parsed?.bytes ?? [])], bytes, text)
  }
})
