// Whether what arrived at a bin is signed with a secret that somebody has, and if not, why.
import { presetOf } from '@bellwire/sdk/providers/all'
import { diagnose, signedUrl, verifyScheme, WebhookError } from '@bellwire/sdk/verification'
import type { Capture, CaptureVerdict } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { PlanProblem, schemeOfPreset } from './plan.ts'

type Given = {
  provider: string
  variant?: string | undefined
  secret: string
  publicUrl?: string | undefined
}

/** By the clock of when it arrived. Throws 422 for a provider that is not known. */
export async function verifyCapture(capture: Capture, given: Given): Promise<CaptureVerdict> {
  const { target, receivedAt } = capture
  const { preset, scheme } = knownScheme(given)
  const request = { ...capture, url: target }
  const check = {
    scheme,
    secrets: [given.secret],
    url: given.publicUrl === undefined ? null : signedUrl(given.publicUrl, target),
    now: receivedAt,
    verifier: preset.verifier,
  }
  const verdict = await verifyScheme(request, check)
  if (verdict.ok) {
    const { skewSeconds, bodyAuthenticated } = verdict
    return { verdict: 'valid', reason: null, skewSeconds, bodyAuthenticated, findings: [] }
  }
  return {
    ...{ verdict: 'invalid', reason: verdict.code, skewSeconds: null, bodyAuthenticated: false },
    findings: [
      { code: verdict.code, message: verdict.message },
      ...(await diagnose(request, check)).map(({ code, sentence, remedy }) => ({
        ...{ code, remedy },
        message: sentence,
      })),
    ],
  }
}

function knownScheme({
  provider,
  variant = null,
}: Pick<Given, 'provider'> & { variant?: string | null | undefined }) {
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
