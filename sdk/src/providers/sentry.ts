import type { Preset } from '../verification/preset.ts'

export const sentry: Preset = {
  name: 'sentry',
  title: 'Sentry',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['Sentry-Hook-Signature'] },
  },
  // `Sentry-Hook-Timestamp` is not signed.
  id: ['Request-ID'],
  type: [['Sentry-Hook-Resource', '/action'], 'Sentry-Hook-Resource'],
  replyWithin: 1,
  docs: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
}
