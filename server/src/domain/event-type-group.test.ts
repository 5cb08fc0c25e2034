import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupsOf, wants } from './event-type-group.ts'

const GROUPS: [string, string[] | null][] = [
  ['lead', null],
  ['lead.create', ['lead.*']],
  ['lead.status.update', ['lead.*', 'lead.status.*']],
  ['.a', ['.*']],
  ['a.', ['a.*']],
]

for (const [type, groups] of GROUPS) {
  test(`${type} is in ${groups?.join(' and ') ?? 'no group'}`, () => {
    assert.deepEqual(groupsOf(type), groups)
  })
}

const WANTED: [string[] | null, string, boolean][] = [
  [null, 'a', true],
  [['lead.*'], 'lead.create', true],
  [['lead.*'], 'lead.status.update', true],
  [['lead.*'], 'lead', false],
  [['lead.*'], 'leads.create', false],
  [['lead.status.*'], 'lead.create', false],
  [['lead.create'], 'lead.create', true],
  [['lead'], 'lead.create', false],
]

for (const [names, type, wanted] of WANTED) {
  test(`${JSON.stringify(names)} ${wanted ? 'wants' : 'does not want'} ${type}`, () => {
    assert.equal(wants(names, type), wanted)
  })
}
