import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lowestUuid, newId, newUuid, parseId, timeOf, toId, toUuid } from './ids.ts'

test('an id has its prefix and exactly 27 letters or digits', () => {
  assert.match(newId('message'), /^msg_[0-9A-Za-z]{27}$/)
  assert.match(newId('attempt'), /^atmpt_[0-9A-Za-z]{27}$/)
  assert.match(newId('environment'), /^org_[0-9A-Za-z]{27}$/)
})

test('a uuid survives the way to the edge and back', () => {
  const fixed = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
  const fresh = Array.from({ length: 2000 }, () => crypto.randomUUID())
  for (const uuid of [...fixed, ...fresh]) assert.equal(toUuid(toId('message', uuid)), uuid)
})

test('both forms are what arithmetic on one big number says', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  for (let i = 0; i < 200; i++) {
    const uuid = crypto.randomUUID()
    let rest = BigInt(`0x${uuid.replaceAll('-', '')}`)
    let text = ''
    for (let place = 0; place < 27; place++) {
      text = digits[Number(rest % 62n)] + text
      rest /= 62n
    }
    assert.equal(toId('endpoint', uuid), `ep_${text}`)
  }
})

test('ids sort in the order they were made, in both forms, also within a millisecond', () => {
  const made = Array.from({ length: 10_000 }, () => newUuid())
  const ids = made.map((uuid) => toId('message', uuid))
  assert.deepEqual(made, made.toSorted())
  assert.deepEqual(ids, ids.toSorted())
})

test('a clock that steps back does not put new ids before old ones', () => {
  const now = Date.now() + 10_000
  const before = newUuid(now)
  assert.ok(newUuid(now - 3_600_000) > before)
})

test('an id tells when it was made', () => {
  const time = new Date(Date.now() + 20_000)
  assert.equal(timeOf(newId('message', time.getTime())).getTime(), time.getTime())
})

test('the lowest uuid of a moment sorts before every id of that moment and after all older ones', () => {
  const now = Date.now() + 30_000
  const id = newUuid(now)
  assert.ok(lowestUuid(new Date(now)) <= id)
  assert.ok(lowestUuid(new Date(now + 1)) > id)
})

test('what is not an id of the kind is null', () => {
  const id = newId('application')
  assert.equal(parseId('application', id), id)
  for (const text of [
    '',
    'app_',
    'my-uid',
    id.slice(0, -1),
    `${id}0`,
    newId('endpoint'),
    `app_${'z'.repeat(27)}`,
    `app_${'-'.repeat(27)}`,
  ])
    assert.equal(parseId('application', text), null, text)
})
