// Asking a token server for an access token by client credentials (RFC 6749 §4.4), and what it answers.
import { createHash } from 'node:crypto'
import type { OAuth2 } from '../../domain/endpoint-auth.ts'
import type { Failure, Outcome } from '../../domain/outcome.ts'
import type { PreparedRequest } from '../prepare.ts'

export type ClientCredentials = {
  /** Tells settings apart, so that a token is used under those only that it was asked for with. */
  key: string
  host: string
  request: Pick<PreparedRequest, 'url' | 'headers'> & { body: Buffer }
}

export type Granted = { token: string; lifetimeMs: number }

/** When the token server does not say how long its tokens are good. */
const DEFAULT_LIFETIME_SECONDS = 3_600
const MAX_LIFETIME_SECONDS = 30 * 86_400
const MAX_TOKEN = 8_192
/** `invalid_client` and its like: the rest of an answer may repeat what was sent. */
const ERROR_CODE = /^[a-z_]{1,40}$/

export function credentialsOf(oauth2: OAuth2): ClientCredentials {
  const { tokenUrl, clientId, clientSecret, authMethod, scopes, audience, extraParams } = oauth2
  const isBasic = authMethod === 'clientSecretBasic'
  const body = new URLSearchParams({
    ...extraParams,
    ...(audience !== null && { audience }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
    grant_type: 'client_credentials',
  })
  const login = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')
  return {
    key: createHash('sha256').update(JSON.stringify(oauth2)).digest('base64'),
    host: new URL(tokenUrl).host,
    request: {
      url: tokenUrl,
      headers: [
        ...['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json'],
        ...(isBasic ? ['authorization', `Basic ${login}`] : []),
      ],
      body: Buffer.from(body.toString()),
    },
  }
}

/** What came back from the token server. Of its answer nothing is kept but the token. */
export function readAnswer(outcome: Outcome, host: string): Granted | Failure {
  if (outcome.kind === 'failed') return failureOf(outcome, host)
  const { body, bodyCut } = outcome.answer
  const answer = bodyCut ? null : parse(body)
  if (answer === null) return unreadable(host, 'is no JSON object')
  const { access_token: token, token_type: type = 'Bearer', expires_in: lifetime } = answer
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || token.length > MAX_TOKEN) {
    return unreadable(host, 'holds no access_token that can be sent')
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    return unreadable(host, 'is of another token_type than Bearer')
  }
  const seconds = Number(lifetime ?? DEFAULT_LIFETIME_SECONDS)
  const isGood = Number.isFinite(seconds) && seconds > 0
  const used = isGood ? Math.min(seconds, MAX_LIFETIME_SECONDS) : DEFAULT_LIFETIME_SECONDS
  return { token, lifetimeMs: used * 1000 }
}

function failureOf(outcome: Extract<Outcome, { kind: 'failed' }>, host: string): Failure {
  const { failure, answer } = outcome
  const { code, operatorNote } = failure
  const note = operatorNote === undefined ? {} : { operatorNote: `token server: ${operatorNote}` }
  switch (code) {
    case 'local_failure':
      return failure
    case 'blocked_destination':
      return failed('blocked', 'The token URL is not allowed here.', note)
    case 'timeout':
      return failed('timeout', `The token server ${host} did not answer in time.`, note)
    case 'http_status':
    case 'redirect': {
      const error = parse(answer?.body ?? Buffer.alloc(0))?.['error']
      const said = typeof error === 'string' && ERROR_CODE.test(error) ? `, ${error}` : ''
      const message = `The token server ${host} gave no token (${answer?.status}${said}).`
      return failed('refused', message, note)
    }
    case 'dns_failure':
      return failed('unreachable', `The token server ${host} could not be found.`, note)
    case 'connect_failed':
    case 'tls_failed':
      return failed('unreachable', `Could not connect to the token server ${host}.`, note)
    default:
      return failed('unreadable', `The token server ${host} gave no whole answer.`, note)
  }
}

const unreadable = (host: string, what: string) =>
  failed('unreadable', `What the token server ${host} answered ${what}.`)

const failed = (
  detail: string,
  message: string,
  note: { operatorNote?: string } = {},
): Failure => ({
  ...{ code: 'auth_failed', detail, message },
  ...note,
})

function parse(body: Buffer): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    return parsed instanceof Object && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** As a form encodes it: that is what the standard says of the two, before they become basic auth. */
const encoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
