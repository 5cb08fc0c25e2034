// What a link to a bin shows. Its token stands in the path and opens nothing else; nothing is written.
import { z } from 'zod'
import type { Capture } from '../domain/bin.ts'
import { notFound } from '../domain/errors.ts'
import { covered } from '../domain/shared-capture.ts'
import { findShared, type Shared } from '../store/bin-shares.ts'
import { getCapture, lookAt } from '../store/captures.ts'
import { MOST_CAPTURES } from './capture-filter.ts'
import { CaptureOut, CaptureVerdictOut, endpointSecretsOf, toCaptureOut } from './capture-shape.ts'
import type { ApiDeps } from './deps.ts'
import { time } from './fields.ts'
import { orderQuery, wholeNumber } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/shared-bin/:share_token'
const MAX_EXPLAINED = 64 * 1024

const SharedCaptureOut = CaptureOut.omit({ pinned: true, verdict: true, answerBy: true })
  .extend({
    body: z.object({
      size: z.number(),
      sha256: z.string(),
      /** Null in lists, and where the link hides it. */
      base64: z.string().nullable(),
    }),
  })
  .register(wireShapes, { id: 'SharedCaptureOut' })

const WholeSharedCaptureOut = SharedCaptureOut.extend({
  /** By the secret of the endpoint whose test the bin is; null for other bins. */
  verdict: CaptureVerdictOut.nullable(),
}).register(wireShapes, { id: 'WholeSharedCaptureOut' })

export const sharedBinRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'none',
    operationId: 'bellwire.shared-bin.get',
    summary: 'What a link to a bin is for, and how long',
    status: 200,
    output: z.object({
      name: z.string(),
      captureId: z.string().nullable(),
      lastSeq: z.number(),
      expiresAt: time(),
    }),
    async handle({ params }, { store }) {
      const { share, bin } = await getShared(params['share_token']!, { store })
      const end = share.expiresAt < bin.expiresAt ? share.expiresAt : bin.expiresAt
      const { name, lastSeq } = bin
      return { name, lastSeq, captureId: share.captureId, expiresAt: end.toISOString() }
    },
  }),

  route({
    method: 'GET',
    path: `${PATH}/capture`,
    access: 'none',
    operationId: 'bellwire.shared-bin.list-captures',
    summary: 'List what a link shows, newest first, without the bodies',
    query: z.object({
      ...orderQuery,
      after: wholeNumber(),
      before: wholeNumber(),
      limit: wholeNumber(MOST_CAPTURES),
    }),
    status: 200,
    output: z.object({ data: z.array(SharedCaptureOut) }),
    async handle({ params, query }, deps) {
      const { after = null, before = null, limit = 20, order = 'descending' } = query
      const shared = await getShared(params['share_token']!, deps)
      return { data: await listShared(shared, { after, before, limit, order }, deps) }
    },
  }),

  route({
    method: 'GET',
    path: `${PATH}/capture/:capture_id`,
    access: 'none',
    operationId: 'bellwire.shared-bin.get-capture',
    summary: 'Get a capture that a link shows, with its secrets covered',
    status: 200,
    output: WholeSharedCaptureOut,
    async handle({ params }, deps) {
      const { share, bin } = await getShared(params['share_token']!, deps)
      const capture = await getCapture(deps.store.db, bin.id, params['capture_id']!)
      if (share.captureId !== null && share.captureId !== capture.id) throw notFound()
      const endpointSecrets = await endpointSecretsOf(bin.endpointId, deps)
      // Many tries over the whole body, for somebody who did not say who they are.
      const explained = capture.bodyBytes <= MAX_EXPLAINED
      const given = { endpointSecrets, explained }
      const verdict = endpointSecrets && (await deps.verifyCapture(capture, given))
      const shown = toSharedOut(capture, deps)
      const { size, sha256, base64 } = shown.body
      const body = { size, sha256, base64: share.hidesBodies ? null : base64 }
      return { ...shown, body, verdict }
    },
  }),
]

/** Throws not_found for a link that is over, was revoked, or never was. */
export async function getShared(token: string, { store }: Pick<ApiDeps, 'store'>): Promise<Shared> {
  const shared = await findShared(store.db, token)
  if (shared === null) throw notFound('This link is over, or never was')
  return shared
}

type Asked = {
  after: number | null
  before: number | null
  limit: number
  order: 'ascending' | 'descending'
}

/** Without bodies: they may be many times 10 MiB, and nobody has to say who asks. */
export async function listShared(
  { share, bin }: Shared,
  { after, before, limit, order }: Asked,
  deps: Pick<ApiDeps, 'store' | 'secretPlaces' | 'likelyProvider'>,
): Promise<z.input<typeof SharedCaptureOut>[]> {
  const filter = { after, before, method: null, target: null, id: share.captureId }
  const captures = await lookAt(deps.store.db, bin.id, { filter, limit, order })
  return captures.map((capture) => {
    const shown = toSharedOut(capture, deps)
    return { ...shown, body: { ...shown.body, base64: null } }
  })
}

function toSharedOut(
  capture: Capture,
  { secretPlaces, likelyProvider }: Pick<ApiDeps, 'secretPlaces' | 'likelyProvider'>,
) {
  const { pinned, answerBy, ...shown } = toCaptureOut(covered(capture, secretPlaces))
  return { ...shown, provider: likelyProvider(capture) }
}
