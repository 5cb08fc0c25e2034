import type { Preset } from '../verification/preset.ts'
import { contentfulVerifier } from '../verifiers/contentful.ts'

export const contentful: Preset = {
  name: 'contentful',
  title: 'Contentful',
  scheme: { kind: 'custom', verifier: 'contentful' },
  verifier: contentfulVerifier,
  type: ['X-Contentful-Topic'],
  at: ['x-contentful-timestamp'],
  replyWithin: 30,
  docs: 'https://www.contentful.com/developers/docs/webhooks/request-verification/',
}
