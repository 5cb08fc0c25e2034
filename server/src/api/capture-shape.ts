// What a capture is shown as.
import { z } from 'zod'
import { type Bin, type Capture, FAULTS, VERDICTS } from '../domain/bin.ts'
import type { EndpointId } from '../domain/ids.ts'
import { shownSecret } from '../domain/signing-secret.ts'
import { listSecrets } from '../store/endpoint-secrets.ts'
import type { ApiDeps } from './deps.ts'
import { time } from './fields.ts'
import { wireShapes } from './shapes.ts'

export const CaptureOut = z
  .object({
    id: z.string(),
    seq: z.number(),
    receivedAt: time(),
    method: z.string(),
    target: z.string(),
    httpVersion: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: z.object({ size: z.number(), sha256: z.string(), base64: z.string() }),
    remote: z.object({ address: z.string(), port: z.number() }),
    /** What a proxy of BELLWIRE_TRUSTED_PROXIES said of it; null without one. */
    forwarded: z
      .object({ proto: z.enum(['http', 'https']).nullable(), address: z.string().nullable() })
      .nullable(),
    timing: z.object({ headMs: z.number(), bodyMs: z.number() }),
    answer: z.object({
      /** Null when none was sent. */
      status: z.number().nullable(),
      rule: z.number().nullable(),
      delayMs: z.number(),
      fault: z.enum(FAULTS).nullable(),
      /** Whether it came from a listener. */
      relayed: z.boolean(),
    }),
    /** Until when its sender waits for a listener's answer; null when nobody listened. */
    answerBy: time().nullable(),
    pinned: z.boolean(),
    /** Who it looks like it is from, by headers that anybody may write. */
    provider: z
      .object({
        name: z.string(),
        title: z.string(),
        variant: z.string().nullable(),
        because: z.array(z.string()),
        alsoPossible: z.array(z.string()),
      })
      .nullable(),
    /** Of a bin that tests an endpoint: whether it is signed with that one's secret. */
    verdict: z.enum(VERDICTS).nullable(),
  })
  .register(wireShapes, { id: 'CaptureOut' })

export const CapturesOut = z.object({ data: z.array(CaptureOut) })

export const CaptureVerdictOut = z
  .object({
    verdict: z.enum(VERDICTS),
    provider: z.string().nullable(),
    reason: z.string().nullable(),
    skewSeconds: z.number().nullable(),
    bodyAuthenticated: z.boolean(),
    findings: z.array(
      z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
    ),
  })
  .register(wireShapes, { id: 'CaptureVerdictOut' })

/** With who they look like they are from, and their verdicts where the bin tests an endpoint. */
export async function showCaptures(
  { endpointId }: Bin,
  captures: Capture[],
  deps: Pick<ApiDeps, 'store' | 'seal' | 'verifyCapture' | 'likelyProvider'>,
): Promise<z.input<typeof CaptureOut>[]> {
  const endpointSecrets = await endpointSecretsOf(endpointId, deps)
  const shown: z.input<typeof CaptureOut>[] = []
  for (const capture of captures) {
    const given = { endpointSecrets, explained: false }
    const judged = endpointSecrets && (await deps.verifyCapture(capture, given))
    const provider = deps.likelyProvider(capture)
    shown.push({ ...toCaptureOut(capture), provider, verdict: judged?.verdict ?? null })
  }
  return shown
}

export async function showCapture(
  bin: Bin,
  capture: Capture,
  deps: Parameters<typeof showCaptures>[2],
): Promise<z.input<typeof CaptureOut>> {
  const [shown] = await showCaptures(bin, [capture], deps)
  return shown!
}

/** As their owner knows them; null without an endpoint. */
export async function endpointSecretsOf(
  endpointId: EndpointId | null,
  { store, seal }: Pick<ApiDeps, 'store' | 'seal'>,
): Promise<string[] | null> {
  if (endpointId === null) return null
  const secrets = await listSecrets(store.db, seal, endpointId)
  return secrets.map(({ secret }) => shownSecret(secret))
}

export const toCaptureOut = (
  capture: Capture,
): Omit<z.input<typeof CaptureOut>, 'provider' | 'verdict'> => ({
  id: capture.id,
  seq: capture.seq,
  receivedAt: capture.receivedAt.toISOString(),
  method: capture.method,
  target: capture.target,
  httpVersion: capture.httpVersion,
  headers: capture.headers,
  body: {
    size: capture.bodyBytes,
    sha256: capture.sha256,
    base64: capture.body.toString('base64'),
  },
  remote: { address: capture.remoteAddress, port: capture.remotePort },
  forwarded: capture.forwarded,
  timing: { headMs: capture.headMs, bodyMs: capture.bodyMs },
  answer: { fault: null, ...capture.answer },
  answerBy: capture.answerBy?.toISOString() ?? null,
  pinned: capture.pinned,
})
