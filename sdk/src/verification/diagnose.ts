// Why a signature does not match: what would match instead, tried in the order in which people err. It
// costs many MACs, so it is for rejections that somebody looks at, within a bound, and never accepts.

import { readCandidates } from './candidates.ts'
import type { VerifyGiven } from './check-request.ts'
import { variants } from './diagnose-bodies.ts'
import { secretVariants } from './diagnose-secrets.ts'
import { urlVariants } from './diagnose-urls.ts'
import type { Preset } from './preset.ts'
import type { InboundRequest } from './request.ts'
import type { HmacScheme, Scheme } from './scheme.ts'
import { schemeOf, variantsOf } from './scheme-of.ts'
import { inFamily } from './signed-content.ts'
import { fillTemplate } from './template.ts'
import { verifyScheme } from './verify-scheme.ts'
import { type Finding, WebhookError } from './webhook-error.ts'

const MAX_TRIES = 200

export type DiagnoseGiven = VerifyGiven & {
  /** Other presets that may fit with this secret. */
  presets?: readonly Preset[]
  /** Other secrets of this environment, each with the name by which it may be shown. */
  otherSecrets?: readonly { name: string; secret: string }[]
}

/** What to tell whoever set this up; empty when nothing that was tried would match. */
export async function diagnose(request: InboundRequest, given: DiagnoseGiven): Promise<Finding[]> {
  const verdict = await verifyScheme(request, given)
  if (verdict.ok) return []
  const findings = [...verdict.findings]
  if (verdict.code !== 'signature_mismatch' && verdict.code !== 'signature_malformed') {
    const other = verdict.code === 'signature_missing' ? await recognise(request, given) : []
    return [...findings, ...other]
  }
  let tries = 0
  for (const attempt of attempts(request, given)) {
    if (tries++ >= MAX_TRIES) break
    if (await wouldMatch(attempt)) return [...findings, attempt.finding]
  }
  return [...findings, ...(await recognise(request, given))]
}

type Attempt = { request: InboundRequest; given: VerifyGiven; finding: Finding }

// Time is not the question here: a right signature that is stale says so by itself.
async function wouldMatch({ request, given }: Attempt): Promise<boolean> {
  try {
    return (await verifyScheme(request, { ...given, scheme: timeless(given.scheme) })).ok
  } catch (error) {
    if (error instanceof TypeError || error instanceof WebhookError) return false
    throw error
  }
}

function timeless(scheme: Scheme): Scheme {
  if (!('timestamp' in scheme) || !scheme.timestamp) return scheme
  return { ...scheme, timestamp: { ...scheme.timestamp, tolerance: null } }
}

function* attempts(request: InboundRequest, given: DiagnoseGiven): Generator<Attempt> {
  const texts = given.secrets.flatMap((each) =>
    typeof each === 'string' ? each : (each?.secret ?? []),
  )
  for (const text of texts) {
    for (const { secret, scheme, finding } of secretVariants(text, given.scheme)) {
      yield { request, given: { ...given, scheme, secrets: [secret] }, finding }
    }
  }
  for (const { name, secret } of given.otherSecrets ?? []) {
    yield {
      request,
      given: { ...given, secrets: [secret] },
      finding: {
        code: 'other_secret',
        sentence: `The request is signed with the secret of ${name}.`,
        remedy: `Send it to ${name}, or give this source the secret of its own provider.`,
      },
    }
  }
  for (const { body, finding } of variants(request.body)) {
    yield { request: { ...request, body }, given, finding }
  }
  for (const { scheme, finding } of encodingVariants(given.scheme)) {
    yield { request, given: { ...given, scheme }, finding }
  }
  for (const { url, finding } of urlVariants(given.url ?? null)) {
    yield { request, given: { ...given, url }, finding }
  }
}

function encodingVariants(scheme: Scheme): { scheme: HmacScheme; finding: Finding }[] {
  if (scheme.kind !== 'hmac') return []
  const encodings = (['hex', 'base64', 'base64url'] as const).filter(
    (name) => name !== scheme.encoding,
  )
  const { prefix, ...bare } = scheme.signature
  return [
    ...encodings.map((encoding) => ({
      scheme: { ...scheme, encoding },
      finding: {
        code: 'signature_encoding',
        sentence: `The signature is right but written as ${encoding}; this scheme wants ${scheme.encoding}.`,
        remedy: `Set the scheme's encoding to ${encoding}.`,
      },
    })),
    {
      scheme: { ...scheme, anyCase: true },
      finding: {
        code: 'signature_case',
        sentence: 'The signature is right but written in capitals.',
        remedy: 'Send lower-case hex, or set anyCase in the scheme.',
      },
    },
    ...(prefix
      ? [
          {
            scheme: { ...scheme, signature: bare },
            finding: {
              code: 'signature_prefix',
              sentence: `The signature is right but lacks ${prefix} in front.`,
              remedy: `Send ${prefix} before the signature.`,
            },
          },
        ]
      : []),
  ]
}

/** Other presets whose header is here and whose signature fits with this secret. */
async function recognise(request: InboundRequest, given: DiagnoseGiven): Promise<Finding[]> {
  for (const preset of given.presets ?? []) {
    for (const variant of variantsOf(preset).length > 0 ? variantsOf(preset) : [null]) {
      const scheme = schemeOf(preset, variant)
      if (scheme.kind === 'secret' || JSON.stringify(scheme) === JSON.stringify(given.scheme))
        continue
      const attempt = { ...given, scheme, verifier: preset.verifier }
      if (!(await verifyScheme(request, { ...attempt, scheme: timeless(scheme) })).ok) continue
      const name = variant === null ? preset.name : `${preset.name} (${variant})`
      return [
        {
          code: 'other_provider',
          sentence: `The request verifies as ${name} with this secret.`,
          remedy: `Make the source one of ${preset.name}.`,
        },
      ]
    }
  }
  return []
}

/** The bytes that should have been signed; null where the request lacks a part of them. */
export function expectedContent(
  given: InboundRequest,
  { scheme, url = null }: Pick<VerifyGiven, 'scheme' | 'url'>,
): Uint8Array | null {
  if (scheme.kind !== 'hmac' && scheme.kind !== 'publicKey') return null
  const request = inFamily(given, scheme)
  try {
    const { fields } = readCandidates(request, scheme.signature)
    const { timestamp, signed = '{body}', plainHeaders = false } = scheme
    const t = timestamp?.from === 'list' ? fields.get(timestamp.name)?.[0] : undefined
    const header = timestamp?.from === 'header' ? timestamp.name.toLowerCase() : null
    const inHeader = request.headers.find(([name]) => name.toLowerCase() === header)?.[1]
    return fillTemplate(signed, { request, t: t ?? inHeader, url, plainHeaders })
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}
