// Filters over what messages say; sift, which means by these operators what MongoDB does, is the oracle.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import sift from 'sift'
import type { Facts } from './facts.ts'
import { explain, type Filter, ruleAgainst, segmentsIn } from './filter.ts'
import { isProblem, parseFilter } from './parse.ts'

const NONE = new Map()

const facts = (payload: unknown, more: Partial<Facts> = {}): Facts => ({
  ...{ payload, type: 'lead.create', channels: null, tags: null, metadata: {} },
  ...more,
})

function parsed(json: unknown, segments = true): Filter {
  const filter = parseFilter(json, { segments })
  if (isProblem(filter)) throw new Error(`${filter.path.join('.')}: ${filter.message}`)
  return filter
}

const passes = (json: unknown, of: Facts) => ruleAgainst(parsed(json), of, NONE) === null

const LEAD = {
  country: 'SE',
  company: { name: 'Volvo', employees: 51 },
  owner: null,
  items: [
    { sku: 'a-1', price: 10, tags: ['new'] },
    { sku: 'b-2', price: 99.5 },
  ],
  labels: ['vip', 'nordic'],
  scores: [1, 20],
}

/** Filter, and whether it lets LEAD pass. */
const CASES: [object, boolean][] = [
  [{ 'payload.country': 'SE' }, true],
  [{ payload: { country: 'SE', company: { employees: { $gt: 50 } } } }, true],
  [{ 'payload.company.employees': { $gt: 50, $lt: 52 } }, true],
  [{ 'payload.company.employees': { $gte: 51, $lte: 50 } }, false],
  [{ 'payload.company.employees': { $gt: '50' } }, false],
  [{ 'payload.country': { $in: ['NO', 'SE'] } }, true],
  [{ 'payload.country': { $nin: ['NO', 'SE'] } }, false],
  [{ 'payload.country': { $ne: 'NO' } }, true],
  [{ 'payload.owner': null }, true],
  [{ 'payload.never': null }, true],
  [{ 'payload.owner': { $exists: true } }, true],
  [{ 'payload.never': { $exists: true } }, false],
  [{ 'payload.items.sku': 'b-2' }, true],
  [{ 'payload.items.1.sku': 'a-1' }, false],
  [{ 'payload.items.price': { $gt: 99 } }, true],
  [{ 'payload.items.tags': 'new' }, true],
  [{ 'payload.labels': 'vip' }, true],
  [{ 'payload.labels': { $contains: 'vip' } }, true],
  [{ 'payload.labels': { $contains: 'vi' } }, false],
  [{ 'payload.company.name': { $contains: 'olv' } }, true],
  [{ 'payload.company.name': { $startsWith: 'Vol' } }, true],
  [{ 'payload.company.name': { $startsWith: 'vol' } }, false],
  [{ 'payload.company.name': { $regex: '(?i)^VOL' } }, true],
  [{ 'payload.scores': { $gt: 10, $lt: 5 } }, true],
  [{ 'payload.labels.length': { $exists: true } }, false],
  [{ 'payload.constructor': { $exists: true } }, false],
  [{ type: { $startsWith: 'lead.' } }, true],
  [{ channels: { $exists: false } }, true],
  [{ $or: [{ 'payload.country': 'NO' }, { 'payload.labels': 'nordic' }] }, true],
  [{ $and: [{ 'payload.country': 'SE' }, { $not: { 'payload.labels': 'vip' } }] }, false],
  [{ 'payload.company.employees': { $not: { $gt: 100 } } }, true],
  [{ 'payload.country': { $or: [{ $eq: 'NO' }, { $startsWith: 'S' }] } }, true],
]

for (const [filter, expected] of CASES) {
  test(`${JSON.stringify(filter)} ${expected ? 'lets the lead pass' : 'holds it back'}`, () => {
    assert.equal(passes(filter, facts(LEAD)), expected)
  })
}

test('channels, tags and metadata of the application are asked like the payload', () => {
  const more = { channels: ['eu', 'vip'], tags: ['import/7'], metadata: { plan: 'pro' } }
  const asked = {
    channels: { $contains: 'vip' },
    tags: { $startsWith: 'import/' },
    'metadata.plan': { $in: ['pro', 'max'] },
  }
  assert.ok(passes(asked, facts({}, more)))
  assert.ok(!passes(asked, facts({}, { ...more, metadata: {} })))
})

test('the rule that holds a message back is named, within a segment too', () => {
  const segments = new Map([['big', parsed({ 'payload.company.employees': { $gt: 1000 } }, false)]])
  const filter = parsed({ 'payload.country': 'SE', $segment: 'big' })
  assert.deepEqual(segmentsIn(filter), ['big'])
  assert.equal(
    ruleAgainst(filter, facts(LEAD), segments),
    'segment big: payload.company.employees $gt 1000',
  )
  assert.equal(ruleAgainst(filter, facts(LEAD), NONE), 'segment big: does not exist')
  const either = parsed({ $or: [{ 'payload.a': 1 }, { $not: { 'payload.country': 'SE' } }] })
  assert.equal(
    ruleAgainst(either, facts(LEAD), NONE),
    '(payload.a $eq 1 or not payload.country $eq "SE")',
  )
})

test('an explanation has each comparison with what it found', () => {
  const filter = parsed({ 'payload.country': 'NO', 'payload.items.sku': { $exists: true } })
  assert.deepEqual(explain(filter, facts(LEAD), NONE), [
    {
      ...{ segment: null, path: 'payload.country', operator: '$eq', operand: '"NO"' },
      ...{ found: ['"SE"'], holds: false },
    },
    {
      ...{ segment: null, path: 'payload.items.sku', operator: '$exists', operand: 'true' },
      ...{ found: ['"a-1"', '"b-2"'], holds: true },
    },
  ])
})

const nested = (depth: number): object =>
  depth === 0 ? { 'payload.a': 1 } : { $not: nested(depth - 1) }

/** What is no filter: where the problem is, and a part of what it says. */
const PROBLEMS: [unknown, string, RegExp][] = [
  [[], '', /object of conditions, not a list/],
  [{}, '', /at least one/],
  [{ country: 'SE' }, 'country', /begins with payload, type/],
  [{ 'payload.a': { $above: 1 } }, 'payload.a.$above', /no such operator: \$eq/],
  [{ $eq: 1 }, '$eq', /a path before it/],
  [{ 'payload.a': [1] }, 'payload.a', /expected a text, a number/],
  [{ 'payload.a': { $in: [] } }, 'payload.a.$in', /1 to 100 values/],
  [{ 'payload.a': { $gt: true } }, 'payload.a.$gt', /a number or a text/],
  [{ 'payload.a': { $exists: 1 } }, 'payload.a.$exists', /true or false/],
  [{ 'payload.a': { $regex: '(?=a)' } }, 'payload.a.$regex', /no look-arounds/],
  [{ 'payload.a': { $regex: 'a'.repeat(257) } }, 'payload.a.$regex', /at most 256/],
  [{ 'payload.a': 'x'.repeat(1_025) }, 'payload.a', /at most 1024/],
  [{ 'payload..a': 1 }, 'payload..a', /1 to 256 characters/],
  [{ 'payload.1.2.3.4.5.6.7.8.9.10': 1 }, 'payload.1.2.3.4.5.6.7.8.9.10', /10 steps/],
  [{ 'type.a': 1 }, 'type.a', /nothing inside/],
  [{ $or: [] }, '$or', /a list of conditions/],
  [{ $or: [{ 'payload.a': 1 }, 1] }, '$or.[1]', /not a number/],
  [{ $and: Array(51).fill({ 'payload.a': 1 }) }, '$and.[50].payload.a', /more than 50/],
  [{ $or: Array(6).fill({ 'payload.a': { $regex: 'a' } }) }, '$or.[5].payload.a.$regex', /than 5/],
  [nested(9), Array(9).fill('$not').join('.'), /nested deeper than 8/],
  [{ $or: Array(900).fill({ $segment: 'a'.repeat(20) }) }, '', /at most 16384 bytes/],
  [{ payload: { $segment: 'a' } }, 'payload.$segment', /beside the conditions/],
]

for (const [json, place, message] of PROBLEMS) {
  test(`${JSON.stringify(json).slice(0, 80)} is no filter`, () => {
    const problem = parseFilter(json, { segments: true })
    assert.ok(isProblem(problem))
    assert.equal(problem.path.join('.'), place)
    assert.match(problem.message, message)
  })
}

test('a segment names no other segment', () => {
  const problem = parseFilter({ $segment: 'a' }, { segments: false })
  assert.ok(isProblem(problem))
  assert.match(problem.message, /cannot name another segment/)
})

test('a thousand filters made by chance mean what they mean to sift', () => {
  let seed = 20_261_121
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!
  // Of a null in the condition sift thinks otherwise where only some elements of an array lack the name.
  const value = () => pick([true, false, 0, 1, 2, 'a', 'b', 'ab'] as const)
  const made = (depth: number): unknown => {
    const kind = random()
    if (depth === 0 || kind < 0.4) return random() < 0.1 ? null : value()
    const size = Math.floor(random() * 3)
    if (kind < 0.6) return Array.from({ length: size }, () => made(depth - 1))
    return Object.fromEntries(
      Array.from({ length: size + 1 }, () => [pick(['a', 'b', 'c']), made(depth - 1)]),
    )
  }
  const path = () =>
    `payload.${Array.from({ length: pick([1, 2, 3]) }, () => pick(['a', 'b', 'c'])).join('.')}`
  const check = () => {
    switch (
      pick(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$exists', '$regex'])
    ) {
      case '$eq':
        return { $eq: value() }
      case '$ne':
        return { $ne: value() }
      case '$gt':
        return { $gt: pick([0, 1, 'a']) }
      case '$gte':
        return { $gte: pick([0, 1, 'a']) }
      case '$lt':
        return { $lt: pick([1, 2, 'b']) }
      case '$lte':
        return { $lte: pick([1, 2, 'b']) }
      case '$in':
        return { $in: [value(), value()] }
      case '$nin':
        return { $nin: [value(), value()] }
      case '$exists':
        return { $exists: random() < 0.5 }
      default:
        return { $regex: pick(['^a', 'b$', 'ab']) }
    }
  }
  const filter = (depth: number): object => {
    const kind = random()
    if (depth === 0 || kind < 0.6) return { [path()]: check() }
    return { [kind < 0.8 ? '$and' : '$or']: [filter(depth - 1), filter(depth - 1)] }
  }
  let passed = 0
  for (let round = 0; round < 1_000; round++) {
    const json = filter(2)
    const payload = made(3)
    const expected = sift.default(json as never)({ payload })
    const said = passes(json, facts(payload))
    assert.equal(said, expected, `round ${round}: ${JSON.stringify({ json, payload })}`)
    if (said) passed++
  }
  assert.ok(passed > 200 && passed < 800, `${passed} passed`)
})

test('a payload made to be slow is asked in less than a twentieth of a second', () => {
  const filter = parsed({
    $or: Array.from({ length: 5 }, (_, n) => ({
      [`payload.list.${'a.'.repeat(n)}x`]: { $regex: '(a+)+$' },
    })),
  })
  const payload = { list: Array.from({ length: 20_000 }, () => ({ x: `${'a'.repeat(40)}b` })) }
  let deep: unknown = 'end'
  for (let depth = 0; depth < 50_000; depth++) deep = [deep]
  assert.ok(!passes({ 'payload.x': 'end' }, facts(deep)))
  passes({ 'payload.list.x': { $regex: '(a+)+$' } }, facts({ list: [{ x: 'ab' }] }))
  // Of this thread's own time: others on the machine have theirs.
  const cpuMs = () => Object.values(process.threadCpuUsage()).reduce((a, b) => a + b) / 1_000
  const started = cpuMs()
  assert.notEqual(ruleAgainst(filter, facts(payload), NONE), null)
  assert.ok(cpuMs() - started < 250, `${cpuMs() - started} ms`)
})
