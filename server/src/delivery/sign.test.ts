import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSecret, type SigningSecret } from '../domain/signing-secret.ts'
import { createSigner } from './sign.ts'

const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const head = `${id}.1614265330.`
const body = Buffer.from('{"test": 2432232314}')

// The check values that the specification's libraries share.
for (const [text, expected] of [
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  [
    'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  ],
] as const)
  test(`the check value of ${text.slice(0, 10)}… comes out`, () => {
    assert.equal(createSigner(parseSecret(text) as SigningSecret)(head, body), expected)
  })
