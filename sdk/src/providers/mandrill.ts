import type { Preset } from '../verification/preset.ts'
import { mandrillVerifier } from '../verifiers/mandrill.ts'

export const mandrill: Preset = {
  name: 'mandrill',
  title: 'Mandrill',
  scheme: { kind: 'custom', verifier: 'mandrill' },
  verifier: mandrillVerifier,
  formField: 'mandrill_events',
  split: '',
  id: [['/_id', '/event', '/ts']],
  type: ['/event', '/type'],
  at: ['/ts'],
  handshakes: [{ when: { method: 'HEAD' }, signature: 'none', answer: { status: 200 } }],
  replyWithin: 10,
  docs: 'https://mailchimp.com/developer/transactional/docs/webhooks/',
}
