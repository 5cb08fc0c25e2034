import { randomBytes } from 'node:crypto'
import { REDACTED } from './change.ts'
import type { Outcome } from './outcome.ts'

// A new URL gets no messages before it has sent back what it was sent: nobody can have Bellwire call a
// server that does not want it.

/** Whose URLs have to: nobody's, those of the API and the portal, or those of integration platforms, too. */
export const URL_VERIFICATIONS = ['off', 'endpoints', 'all'] as const
export type UrlVerification = (typeof URL_VERIFICATIONS)[number]

export const isDemanded = (setting: UrlVerification, { hook }: { hook: boolean }) =>
  setting === 'all' || (setting === 'endpoints' && !hook)

/** How long somebody may take to read it off and give it back by hand. */
export const CHALLENGE_SECONDS = 24 * 3600
/** Between two of one endpoint. */
export const CHALLENGE_PAUSE_SECONDS = 10

export const newChallenge = () => `bwc_${randomBytes(32).toString('base64url')}`

export const challengeBody = (challenge: string, expiresAt: Date) =>
  Buffer.from(
    JSON.stringify({ type: 'endpoint.challenge', challenge, expiresAt: expiresAt.toISOString() }),
  )

/**
 * Why this answer is none to the challenge, or null. It is the challenge alone, as text or as the only
 * member of an object: a server that sends back whatever it gets has not agreed to anything.
 */
export function answerProblem(outcome: Outcome, challenge: string): string | null {
  if (outcome.kind === 'failed') return outcome.failure.message.replaceAll(challenge, REDACTED)
  if (isEcho(outcome.answer.body.toString('utf8').trim(), challenge)) return null
  return `The answer was ${outcome.answer.status}, and its body was not the challenge.`
}

function isEcho(text: string, challenge: string): boolean {
  if (text === challenge) return true
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return false
  }
  if (json === challenge) return true
  if (typeof json !== 'object' || json === null || Object.keys(json).length !== 1) return false
  return (
    Object.hasOwn(json, 'challenge') && (json as { challenge: unknown }).challenge === challenge
  )
}
