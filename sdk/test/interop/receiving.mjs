// What a server that uses the SDK does, for each runtime and framework the same. In: one provider with
// an HMAC, one with a public key. Out: a line for each event that was handled.

import { github } from '@bellwire/sdk/providers/github'
import { telnyx } from '@bellwire/sdk/providers/telnyx'
import { createReceiver } from '@bellwire/sdk/receiver'
import { memoryStore } from '@bellwire/sdk/stores/memory'

const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export const hooks = createReceiver({
  sources: {
    code: { provider: github, secrets: ['a-secret-of-some-length'] },
    calls: { provider: telnyx, secrets: [globalThis.process.env.PUBLIC_KEY] },
  },
  store: memoryStore(),
})
hooks.on('code:*', ({ id, raw }) => console.log(`handled ${id} ${toHex(raw)}`))
hooks.on('calls:*', ({ id, raw }) => console.log(`handled ${id} ${toHex(raw)}`))
