import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from './sealed.ts'

const main = 'a main secret of at least thirty-two bytes'

test('what was sealed opens again, in the same place only', () => {
  const seal = createSeal(main)
  const sealed = seal.seal('whsec_möglich', 'endpoint_secret/1')
  assert.equal(seal.open(sealed, 'endpoint_secret/1'), 'whsec_möglich')
  assert.throws(() => seal.open(sealed, 'endpoint_secret/2'))
  assert.ok(!sealed.includes('whsec'))
})

test('a changed byte does not open', () => {
  const seal = createSeal(main)
  const sealed = seal.seal('secret', 'place')
  sealed[sealed.length - 1]! ^= 1
  assert.throws(() => seal.open(sealed, 'place'))
})

test('after a rotation the previous main secret still opens, and no third one does', () => {
  const old = createSeal(main).seal('secret', 'place')
  assert.equal(
    createSeal('the new main secret, also long enough', main).open(old, 'place'),
    'secret',
  )
  assert.throws(
    () => createSeal('the new main secret, also long enough').open(old, 'place'),
    /main secret/,
  )
})
