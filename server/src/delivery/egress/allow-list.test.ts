import assert from 'node:assert/strict'
import test from 'node:test'
import { parseAddress } from './addresses.ts'
import { isAllowListed, parseAllowList } from './allow-list.ts'
import { defaultPortRule, parsePorts } from './ports.ts'

const GOOD = ['', '127.0.0.0/8', '10.1.2.0/24:8443', 'fd12::/16', 'fd12::/16:443', '::1/128']
for (const text of GOOD) {
  test(`"${text}" is an allow list`, () => assert.ok(parseAllowList(text)))
}

const BAD: [entry: string, why: RegExp][] = [
  ['0.0.0.0/1', /does not lie wholly inside/],
  ['0.0.0.0/0', /does not lie wholly inside/],
  ['8.8.8.0/24', /does not lie wholly inside/],
  ['10.0.0.0/7', /does not lie wholly inside/],
  ['::/0', /does not lie wholly inside/],
  ['2606:4700::/32', /does not lie wholly inside/],
  ['::ffff:10.0.0.0/104', /does not lie wholly inside/],
  ['224.0.0.0/8', /does not lie wholly inside/],
  ['10.0.0.1/8', /bits set after its first 8/],
  ['10.1.2.3', /needs a prefix length: 10\.1\.2\.3\/32/],
  ['169.254.169.254/32', /can never be opened: link-local/],
  ['100.100.100.200/32', /can never be opened: cloud metadata/],
  ['fd00:ec2::/48', /can never be opened: cloud metadata/],
  ['10.0.0.0/8:0', /port outside 1 to 65535/],
  ['10.0.0.0/8:65536', /port outside 1 to 65535/],
  ['10.0.0.0/40', /is not a range/],
  ['localhost', /is not a range/],
  ['10.0.0.0/8:http', /is not a range/],
]
for (const [entry, why] of BAD) {
  test(`"${entry}" is refused with its reason`, () => {
    assert.throws(() => parseAllowList(`127.0.0.0/8,${entry}`), why)
  })
}

test('all bad entries are reported together', () => {
  assert.throws(() => parseAllowList('8.8.8.8/32 fc00::/7 nonsense'), /8\.8\.8\.8.*"nonsense"/)
})

test('an entry admits its addresses on its port only', () => {
  const list = parseAllowList('10.1.2.3/32, 127.0.0.0/8:8443')
  const admits = (text: string, port: number) => isAllowListed(list, parseAddress(text)!, port)
  assert.equal(admits('10.1.2.3', 22), true)
  assert.equal(admits('10.1.2.4', 443), false)
  assert.equal(admits('127.9.9.9', 8443), true)
  assert.equal(admits('127.9.9.9', 443), false)
  assert.equal(admits('::ffff:127.0.0.1', 8443), false)
})

test('the port rule shuts mail, stores and port 0', () => {
  for (const port of [80, 443, 1024, 8080, 65_535]) assert.equal(defaultPortRule(port), true)
  for (const port of [0, 22, 25, 1023, 5432, 6379, 27_017]) {
    assert.equal(defaultPortRule(port), false, String(port))
  }
  const own = parsePorts('443, 8000-8002')
  assert.deepEqual([443, 8000, 8002, 8003, 80].map(own), [true, true, true, false, false])
  for (const text of ['', '0', '80-70', '70000', 'http']) {
    assert.throws(() => parsePorts(text), Error, text)
  }
})
