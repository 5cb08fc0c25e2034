import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const azureEventGrid: Preset = {
  name: 'azure-event-grid',
  title: 'Azure Event Grid',
  scheme: { kind: 'secret', in: { headers: ['x-webhook-secret'] } },
  chosen: 'place',
  split: '',
  id: ['/id'],
  type: ['/eventType', '/type'],
  at: ['/eventTime', '/time'],
  handshakes: [
    {
      when: {
        method: 'POST',
        header: { name: 'aeg-event-type', equals: 'SubscriptionValidation' },
      },
      signature: 'if-present',
      answer: {
        status: 200,
        type: 'application/json',
        json: { validationResponse: '{body:/0/data/validationCode}' },
      },
    },
  ],
  checkers: { secret: verifySecret },
  replyWithin: 30,
  docs: 'https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema',
}
