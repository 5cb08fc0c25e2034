import type { Preset } from '../verification/preset.ts'

export const twitch: Preset = {
  name: 'twitch',
  title: 'Twitch',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['Twitch-Eventsub-Message-Signature'], prefix: 'sha256=' },
    timestamp: {
      from: 'header',
      name: 'Twitch-Eventsub-Message-Timestamp',
      unit: 'iso',
      tolerance: 600,
    },
    signed: '{h:Twitch-Eventsub-Message-Id}{t}{body}',
  },
  id: ['Twitch-Eventsub-Message-Id'],
  type: ['/subscription/type', 'Twitch-Eventsub-Message-Type'],
  at: ['Twitch-Eventsub-Message-Timestamp'],
  handshakes: [
    {
      when: {
        method: 'POST',
        header: { name: 'Twitch-Eventsub-Message-Type', equals: 'webhook_callback_verification' },
      },
      signature: 'required',
      answer: { status: 200, type: 'text/plain', text: '{body:/challenge}' },
    },
  ],
  replyWithin: 10,
  docs: 'https://dev.twitch.tv/docs/eventsub/handling-webhook-events/',
}
