import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertMay, type Caller, type Needs } from './access.ts'
import { newId } from './ids.ts'

const environmentId = newId('environment')
const key = (scope: 'full' | 'send-only' | 'read-only'): Caller => ({
  kind: 'key',
  environmentId,
  keyId: 'k',
  scope,
})
const holder = (
  ...capabilities: Extract<Caller, { kind: 'application' }>['capabilities']
): Caller => ({
  kind: 'application',
  environmentId,
  keyId: 't',
  applicationId: newId('application'),
  capabilities: ['ViewBase', ...capabilities],
  featureFlags: [],
  sessionId: null,
})

const read: Needs = { method: 'GET', access: 'application' }
const write: Needs = { method: 'POST', access: 'environment' }
const send: Needs = { ...write, sends: true }
const secret: Needs = { ...read, capability: 'ViewEndpointSecret' }
const rotate: Needs = { ...read, method: 'POST', capability: 'ManageEndpointSecret' }
const resend: Needs = { ...read, method: 'POST', capability: 'CreateAttempts' }
const NEEDS = { read, write, send, secret, rotate, resend }

const MAY: [string, Caller, (keyof typeof NEEDS)[]][] = [
  ['a full key', key('full'), ['read', 'write', 'send', 'secret', 'rotate', 'resend']],
  ['a send-only key', key('send-only'), ['send']],
  ['a read-only key', key('read-only'), ['read']],
  ['ViewBase', holder(), ['read']],
  ['ViewEndpointSecret', holder('ViewEndpointSecret'), ['read', 'secret']],
  ['ManageEndpointSecret', holder('ManageEndpointSecret'), ['read', 'secret', 'rotate']],
  ['ManageEndpoint', holder('ManageEndpoint'), ['read', 'secret', 'rotate']],
  ['CreateAttempts', holder('CreateAttempts'), ['read', 'resend']],
]

for (const [who, caller, allowed] of MAY) {
  test(`${who} may ${allowed.join(', ')}`, () => {
    for (const [what, needs] of Object.entries(NEEDS)) {
      const ask = () => assertMay(caller, needs)
      if ((allowed as string[]).includes(what)) ask()
      else assert.throws(ask, { code: 'insufficient access' }, what)
    }
  })
}
