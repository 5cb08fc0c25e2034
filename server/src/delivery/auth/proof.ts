// How the requests of an endpoint prove themselves, made ready once per endpoint and revision.
import { MASKED } from '../../domain/custom-headers.ts'
import { type EndpointAuth, headerNamesOf, holdsSecrets } from '../../domain/endpoint-auth.ts'
import { isJsonObject, withMember } from '../../domain/json-bytes.ts'
import type { PreparedRequest } from '../prepare.ts'
import { secretsOf } from './echo.ts'
import { createHeaderSigner, type HeaderSigner } from './header-signer.ts'
import { type ClientCredentials, credentialsOf } from './token-request.ts'

export type Proof = {
  standardSignature: boolean
  /** Names and values in turn: keys, secrets and logins. */
  headers: string[]
  /** All headers that it makes, in lower case: nobody else may set them. */
  names: Set<string>
  /** Those of them whose values are never shown. */
  secretNames: Set<string>
  sign: HeaderSigner | null
  secretInBody: EndpointAuth['secretInBody']
  oauth2: ClientCredentials | null
  /** What must not be seen in answers. */
  secrets: string[]
  /** What it sends would be of use to another server. */
  holdsSecrets: boolean
}

export function createProof(auth: EndpointAuth): Proof {
  const { basic, bearer, oauth2, signature, secretHeaders, secretInBody } = auth
  const login =
    basic !== null
      ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`
      : bearer !== null
        ? `${bearer.scheme} ${bearer.token}`
        : null
  const secretNames = Object.keys(secretHeaders).map((name) => name.toLowerCase())
  return {
    standardSignature: auth.standardSignature,
    headers: [
      ...Object.entries(secretHeaders).flat(),
      ...(login === null ? [] : ['authorization', login]),
    ],
    names: new Set(headerNamesOf(auth)),
    secretNames: new Set([...secretNames, 'authorization']),
    sign: signature && createHeaderSigner(signature),
    secretInBody,
    oauth2: oauth2 && credentialsOf(oauth2),
    secrets: secretsOf(auth, login),
    holdsSecrets: holdsSecrets(auth),
  }
}

/** The body with the secret in it; null when it is no JSON object, so that nothing can be put in. */
export function bodyWithSecret(
  { member, value }: NonNullable<Proof['secretInBody']>,
  body: Buffer | null,
): Buffer | null {
  return body !== null && isJsonObject(body) ? withMember(body, member, value) : null
}

/** The same with its secrets masked, to show what would be sent. Signatures are no secrets. */
export const maskedProof = (proof: Proof): Proof => ({
  ...proof,
  headers: proof.headers.map((text, at) => (at % 2 === 1 ? MASKED : text)),
  secretInBody: proof.secretInBody && { ...proof.secretInBody, value: MASKED },
})

type Facts = { id: string; now: Date; authorization: string | null }

/** Its headers take the place of any others of their names; the signature is over the body as it is now. */
export function withProof(
  request: PreparedRequest,
  proof: Proof,
  { id, now, authorization }: Facts,
): PreparedRequest {
  const { method, url, body } = request
  const headers: string[] = []
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!
    if (!proof.names.has(name.toLowerCase())) headers.push(name, request.headers[i + 1]!)
  }
  headers.push(...proof.headers)
  if (authorization !== null) headers.push('authorization', authorization)
  if (proof.sign !== null)
    headers.push(...proof.sign({ id, now, method, url, body: body ?? NO_BODY }))
  return { ...request, headers }
}

const NO_BODY = Buffer.alloc(0)
