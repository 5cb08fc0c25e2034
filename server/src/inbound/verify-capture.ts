// Whether what arrived at a bin is signed with a secret that somebody has, and if not, why.
import { presetOf } from '@bellwire/sdk/providers/all'
import {
  diagnose,
  type Preset,
  type Scheme,
  signedUrl,
  verifyScheme,
  WebhookError,
} from '@bellwire/sdk/verification'
import type { Capture, CaptureVerdict, VerifyWith } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { recognisedIn } from './likely-provider.ts'
import { PlanProblem, schemeOfPreset } from './plan.ts'

/** One way to verify it. */
type Way = { preset: Preset; scheme: Scheme; secrets: string[] }

/**
 * By the clock of when it arrived. Without a provider by those that it looks like it is from; without a
 * secret by those of the bin's endpoint. Throws 422 for a provider that is not known.
 */
export async function verifyCapture(capture: Capture, given: VerifyWith): Promise<CaptureVerdict> {
  const ways = waysOf(capture, given)
  if ('verdict' in ways) return ways
  const [first, ...others] = ways
  const verdict = await verifyBy(first, { capture, given })
  if (verdict.verdict === 'valid') return verdict
  for (const way of others) {
    const other = await verifyBy(way, { capture, given })
    if (other.verdict === 'valid') return other
  }
  if (!given.explained) return verdict
  const explained = await explain(first, { capture, given })
  return { ...verdict, findings: [...verdict.findings, ...explained] }
}

function waysOf(capture: Capture, given: VerifyWith): [Way, ...Way[]] | CaptureVerdict {
  const { provider, variant, secret, endpointSecrets } = given
  if (provider !== undefined) {
    const known = knownScheme(provider, variant ?? null)
    return secret === undefined ? noSecret(provider) : [{ ...known, secrets: [secret] }]
  }
  if (secret === undefined && endpointSecrets !== null) return endpointWays(endpointSecrets)
  const recognised = recognisedIn(capture)
  const [first, ...others] = recognised.map(({ preset, variant }) => ({
    ...{ preset, scheme: schemeOfPreset(preset, variant) },
    secrets: secret === undefined ? [] : [secret],
  }))
  if (first === undefined) return unknownProvider()
  return secret === undefined ? noSecret(first.preset.name) : [first, ...others]
}

/** As Bellwire signs: public keys have a scheme of their own, and keys may be as long as it takes them. */
function endpointWays(secrets: string[]): [Way, ...Way[]] | CaptureVerdict {
  const ours = 'standard-webhooks'
  const [keys, hmacs] = [true, false].map((isKey) =>
    secrets.filter((secret) => secret.startsWith('whpk_') === isKey),
  ) as [string[], string[]]
  const hmac = knownScheme(ours, 'v1')
  const { scheme } = hmac
  if (scheme.kind === 'hmac') hmac.scheme = { ...scheme, key: { ...scheme.key!, maxBytes: 75 } }
  const [first, ...others] = [
    { ...hmac, secrets: hmacs },
    { ...knownScheme(ours, 'v1a'), secrets: keys },
  ].filter(({ secrets }) => secrets.length > 0)
  return first === undefined ? noSecret(ours) : [first, ...others]
}

type Question = { capture: Capture; given: VerifyWith }

async function verifyBy(way: Way, question: Question): Promise<CaptureVerdict> {
  const { request, check } = checkOf(way, question)
  const verdict = await verifyScheme(request, check)
  const provider = way.preset.name
  if (verdict.ok) {
    const { skewSeconds, bodyAuthenticated } = verdict
    const about = { provider, skewSeconds, bodyAuthenticated }
    return { verdict: 'valid', reason: null, findings: [], ...about }
  }
  return {
    verdict: verdict.code === 'signature_missing' ? 'unsigned' : 'invalid',
    ...{ provider, reason: verdict.code, skewSeconds: null, bodyAuthenticated: false },
    findings: [{ code: verdict.code, message: verdict.message }],
  }
}

async function explain(way: Way, question: Question): Promise<CaptureVerdict['findings']> {
  const { request, check } = checkOf(way, question)
  const findings = await diagnose(request, check)
  return findings.map(({ code, sentence, remedy }) => ({ code, message: sentence, remedy }))
}

function checkOf({ preset, scheme, secrets }: Way, { capture, given }: Question) {
  const { target, receivedAt } = capture
  return {
    request: { ...capture, url: target },
    check: {
      ...{ scheme, secrets, now: receivedAt, verifier: preset.verifier },
      url: given.publicUrl === undefined ? null : signedUrl(given.publicUrl, target),
    },
  }
}

const nothing = { reason: null, skewSeconds: null, bodyAuthenticated: false }

const noSecret = (provider: string): CaptureVerdict => ({
  ...{ verdict: 'no_secret', provider, ...nothing },
  findings: [
    { code: 'no_secret', message: `Only its secret tells whether this is from ${provider}.` },
  ],
})

const unknownProvider = (): CaptureVerdict => ({
  ...{ verdict: 'unknown_provider', provider: null, ...nothing },
  findings: [
    {
      ...{ code: 'unknown_provider', message: 'No header of a known provider is here.' },
      remedy: 'Name the provider.',
    },
  ],
})

function knownScheme(provider: string, variant: string | null) {
  const preset = presetOf(provider)
  if (preset === null) throw invalid(['body', 'provider'], 'no provider has this name')
  try {
    return { preset, scheme: schemeOfPreset(preset, variant) }
  } catch (error) {
    if (error instanceof PlanProblem) throw invalid(['body', ...error.loc], error.message)
    if (error instanceof WebhookError) throw invalid(['body', 'secret'], error.message)
    throw error
  }
}
