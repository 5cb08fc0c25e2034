// A capture as its provider would sign it now: with a body that was changed, or a secret of one's own.
import { presetOf } from '@bellwire/sdk/providers/all'
import {
  type InboundRequest,
  type Preset,
  proofPlaces,
  schemeOf,
  signRequest,
  variantsOf,
  WebhookError,
} from '@bellwire/sdk/verification'
import type { Capture, SignWith } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { recognisedIn } from './likely-provider.ts'
import { PlanProblem, schemeOfPreset } from './plan.ts'

type Outgoing = { method: string; url: string; headers: [string, string][]; body: Buffer }

/** Signed for the URL that it goes to. Throws 422 for what cannot be signed so. */
export async function signAgain(
  capture: Capture,
  request: Outgoing,
  { provider, variant, secret, at }: SignWith,
): Promise<Outgoing> {
  const { preset, variant: likely } = presetFor(capture, provider)
  try {
    const scheme = schemeOfPreset(preset, variant ?? likely)
    const unsigned = { ...request, headers: withoutProofs(request.headers, preset) }
    const { verifier } = preset
    const signed = await signRequest(unsigned, { scheme, secret, at, verifier })
    return { ...request, ...whole(signed) }
  } catch (error) {
    if (error instanceof PlanProblem) throw invalid(['body', 'sign', ...error.loc], error.message)
    if (error instanceof WebhookError || error instanceof TypeError) {
      throw invalid(['body', 'sign', 'secret'], `cannot sign as ${preset.name}: ${error.message}`)
    }
    throw error
  }
}

function presetFor(capture: Capture, provider: string | undefined) {
  const loc = ['body', 'sign', 'provider']
  if (provider === undefined) {
    const [first] = recognisedIn(capture)
    if (first === undefined) throw invalid(loc, 'required: no header of a known provider is here')
    return first
  }
  const preset = presetOf(provider)
  if (preset === null) throw invalid(loc, 'no provider has this name')
  return { preset, variant: null }
}

/** Those of before, and their time: two signatures are none. */
function withoutProofs(headers: [string, string][], preset: Preset) {
  const variants = variantsOf(preset)
  const schemes = (variants.length > 0 ? variants : [null]).map((name) => schemeOf(preset, name))
  const times = schemes.flatMap((scheme) => {
    const timestamp = 'timestamp' in scheme ? scheme.timestamp : undefined
    return timestamp?.from === 'header' ? [timestamp.name.toLowerCase()] : []
  })
  const old = new Set([...proofPlaces([preset]).headers, ...times])
  // The same in another spelling of the family.
  for (const name of [...old]) old.add(name.replace(/^webhook-/, 'svix-'))
  return headers.filter(([name]) => !old.has(name.toLowerCase()))
}

const whole = ({ url, headers, body }: InboundRequest) => ({
  url,
  headers: headers.map(([name, value]): [string, string] => [name, value]),
  body: Buffer.from(body),
})
