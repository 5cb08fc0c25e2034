// Receivers that answer with what they were sent, as echo services and error pages do, must not make
// attempts a place to read secrets in.
import { MASKED } from '../../domain/custom-headers.ts'
import type { EndpointAuth } from '../../domain/endpoint-auth.ts'
import type { Outcome } from '../../domain/outcome.ts'

/** Shorter ones would be found where nobody meant them. */
const MIN_CHARACTERS = 6

/** All that must not be seen, as it may stand in an answer. */
export function secretsOf(auth: EndpointAuth, login: string | null): string[] {
  return spellings([
    ...Object.values(auth.secretHeaders),
    ...(login === null ? [] : [login.slice(login.indexOf(' ') + 1)]),
    ...[auth.basic?.password, auth.secretInBody?.value].filter((text) => text !== undefined),
  ])
}

/**
 * Each also as JSON writes it, and as JSON writes a body that was JSON; in the bytes of an answer, read
 * one by one.
 */
export function spellings(secrets: string[]): string[] {
  const all = secrets
    .filter((secret) => secret.length >= MIN_CHARACTERS)
    .flatMap((secret) => [secret, escaped(secret), escaped(escaped(secret))])
    .map((text) => Buffer.from(text).toString('latin1'))
  return [...new Set(all)]
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1)

/** The outcome with these masked wherever they came back. */
export function withoutSecrets(outcome: Outcome, secrets: string[]): Outcome {
  const { answer } = outcome
  if (answer === undefined || secrets.length === 0) return outcome
  const hide = (text: string) =>
    secrets.reduce((hidden, secret) => hidden.replaceAll(secret, MASKED), text)
  const read = answer.body.toString('latin1')
  const hidden = hide(read)
  const shown = {
    ...answer,
    headers: answer.headers.map(([name, value]): [string, string] => [name, hide(value)]),
    ...(hidden !== read && { body: Buffer.from(hidden, 'latin1') }),
  }
  if (outcome.kind === 'delivered') return { ...outcome, answer: shown }
  const { failure } = outcome
  return { ...outcome, answer: shown, failure: { ...failure, message: hide(failure.message) } }
}
