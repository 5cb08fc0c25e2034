// How the requests of an endpoint prove themselves beside, or in place of, Standard Webhooks.

import { type Headers, problemOf } from './custom-headers.ts'
import type { HeaderSignature } from './header-signature.ts'
import { type AuthProblem, problemOfSignature } from './header-signature.ts'

export type OAuth2 = {
  tokenUrl: string
  clientId: string
  clientSecret: string
  /** Where the token server looks for them (RFC 6749 §2.3.1). */
  authMethod: 'clientSecretBasic' | 'clientSecretPost'
  scopes: string[]
  audience: string | null
  extraParams: Record<string, string>
}

export type EndpointAuth = {
  basic: { username: string; password: string } | null
  bearer: { scheme: string; token: string } | null
  oauth2: OAuth2 | null
  /** Keys and shared secrets, under names of the receiver's choice. */
  secretHeaders: Headers
  secretInBody: { member: string; value: string } | null
  signature: HeaderSignature | null
  /** Whether the signatures of Standard Webhooks are sent, too. */
  standardSignature: boolean
}

export const NO_AUTH: EndpointAuth = {
  basic: null,
  bearer: null,
  oauth2: null,
  secretHeaders: {},
  secretInBody: null,
  signature: null,
  standardSignature: true,
}

const MAX_SECRET_HEADERS = 10

/** What makes the header `authorization`: one of them at most. */
const AUTHORIZATION = ['basic', 'bearer', 'oauth2'] as const

/** Whether it says anything that is not so without it. */
export const isEmpty = (auth: EndpointAuth) => auth.standardSignature && !provesItself(auth)

/** What is wrong with it, and where; null when nothing is. */
export function problemOfAuth(auth: EndpointAuth): AuthProblem | null {
  const [, second] = AUTHORIZATION.filter((kind) => auth[kind] !== null)
  if (second !== undefined) {
    return { loc: [second], message: 'only one of basic, bearer and oauth2 can be set' }
  }
  if (!auth.standardSignature && !provesItself(auth)) {
    const message = 'false needs another proof: a signature, a secret or a login'
    return { loc: ['standardSignature'], message }
  }
  return (
    problemOfValues(auth) ??
    (auth.signature && problemOfSignature(auth.signature, auth)) ??
    problemOfNames(auth)
  )
}

const provesItself = (auth: EndpointAuth) =>
  AUTHORIZATION.some((kind) => auth[kind] !== null) ||
  Object.keys(auth.secretHeaders).length > 0 ||
  auth.secretInBody !== null ||
  auth.signature !== null

function problemOfValues({ basic, bearer, secretHeaders }: EndpointAuth): AuthProblem | null {
  if (basic?.username.includes(':')) {
    return { loc: ['basic', 'username'], message: 'must not hold a colon (RFC 7617 §2)' }
  }
  if (bearer !== null && !/^[\x21-\x7e]+$/.test(bearer.token)) {
    return { loc: ['bearer', 'token'], message: 'may hold printable ASCII without spaces only' }
  }
  const count = Object.keys(secretHeaders).length
  if (count > MAX_SECRET_HEADERS) {
    return {
      loc: ['secretHeaders'],
      message: `at most ${MAX_SECRET_HEADERS} headers, got ${count}`,
    }
  }
  for (const [name, value] of Object.entries(secretHeaders)) {
    // The header, never its value: that is secret.
    const problem = problemOf({ [name]: value })
    if (problem !== null) return { loc: ['secretHeaders'], message: problem }
    if (value.trim() === '') {
      return { loc: ['secretHeaders'], message: `the value of ${JSON.stringify(name)} is empty` }
    }
  }
  return null
}

/** The headers that it makes, by the member that makes them. */
function madeHeaders(auth: EndpointAuth): [name: string, loc: string[]][] {
  const kind = AUTHORIZATION.find((one) => auth[one] !== null)
  const { signature } = auth
  const ofSignature = (['header', 'timestampHeader', 'idHeader'] as const).flatMap((member) => {
    const name = signature?.[member] ?? null
    return name === null ? [] : [[name, ['signature', member]] as [string, string[]]]
  })
  return [
    ...(kind === undefined ? [] : [['authorization', [kind]] as [string, string[]]]),
    ...Object.keys(auth.secretHeaders).map((name): [string, string[]] => [name, ['secretHeaders']]),
    ...ofSignature,
  ]
}

/** In lower case. */
export const headerNamesOf = (auth: EndpointAuth) =>
  madeHeaders(auth).map(([name]) => name.toLowerCase())

function problemOfNames(auth: EndpointAuth): AuthProblem | null {
  const seen = new Map<string, string[]>()
  for (const [name, loc] of madeHeaders(auth)) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined) {
      return { loc, message: `header ${JSON.stringify(name)} is already set by ${other.join('.')}` }
    }
    seen.set(name.toLowerCase(), loc)
  }
  return null
}

/** A header that is set twice: as one of the endpoint's own, and by this. */
export function clashOf(auth: EndpointAuth, custom: Headers): AuthProblem | null {
  const names = new Set(Object.keys(custom).map((name) => name.toLowerCase()))
  const clash = madeHeaders(auth).find(([name]) => names.has(name.toLowerCase()))
  if (clash === undefined) return null
  const [name, loc] = clash
  return { loc, message: `header ${JSON.stringify(name)} is a custom header of this endpoint` }
}

/** Whether what it sends would be of use to another server. */
export const holdsSecrets = (auth: EndpointAuth) =>
  AUTHORIZATION.some((kind) => auth[kind] !== null) ||
  Object.keys(auth.secretHeaders).length > 0 ||
  auth.secretInBody !== null
