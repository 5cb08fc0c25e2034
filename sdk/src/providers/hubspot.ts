import type { Preset } from '../verification/preset.ts'
import { hubspotLegacyVerifier } from '../verifiers/hubspot-legacy.ts'

export const hubspot: Preset = {
  name: 'hubspot',
  title: 'HubSpot',
  scheme: {
    v3: {
      kind: 'hmac',
      algorithm: 'sha256',
      encoding: 'base64',
      signature: { headers: ['X-HubSpot-Signature-v3'] },
      timestamp: {
        from: 'header',
        name: 'X-HubSpot-Request-Timestamp',
        unit: 'ms',
        tolerance: 300,
      },
      signed: '{method}{url:hubspot}{body}{t}',
    },
    v2: { kind: 'custom', verifier: 'hubspot-legacy', version: 'v2' },
    v1: { kind: 'custom', verifier: 'hubspot-legacy', version: 'v1' },
  },
  verifier: hubspotLegacyVerifier,
  split: '',
  // `attemptNumber` changes on a retry.
  id: [['/eventId', '/subscriptionId', '/occurredAt']],
  type: ['/subscriptionType'],
  at: ['/occurredAt'],
  replyWithin: 5,
  docs: 'https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests',
}
