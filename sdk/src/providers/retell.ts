import type { Preset } from '../verification/preset.ts'

export const retell: Preset = {
  name: 'retell',
  title: 'Retell AI',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['x-retell-signature'], list: { item: ',', pair: '=', field: 'd' } },
    timestamp: { from: 'list', name: 'v', unit: 'ms', tolerance: 300 },
    signed: '{body}{t}',
  },
  id: [['/event', '/call/call_id']],
  type: ['/event'],
  replyWithin: 10,
  docs: 'https://docs.retellai.com/features/webhook-overview',
}
