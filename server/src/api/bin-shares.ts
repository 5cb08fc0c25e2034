// Links that show a bin, or one capture, to whoever has them: read-only, with an end, taken back at will.
import { z } from 'zod'
import type { BinShare } from '../domain/bin.ts'
import { deleteShare, insertShare, listShares } from '../store/bin-shares.ts'
import { getCapture } from '../store/captures.ts'
import { DAY_SECONDS, expiryOf } from './bin-shape.ts'
import { targetOf } from './bins.ts'
import { cleanText, time } from './fields.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/bin/:bin_id/share'
const MOST_SECONDS = 30 * DAY_SECONDS

const ShareIn = z
  .object({
    captureId: cleanText(100)
      .nullish()
      .meta({ description: 'Only this capture; else all of them' }),
    hideBodies: z.boolean().optional(),
    expiresInSeconds: z.number().int().min(60).max(MOST_SECONDS).optional(),
  })
  .register(wireShapes, { id: 'BinShareIn' })

const ShareOut = z
  .object({
    id: z.string(),
    captureId: z.string().nullable(),
    hideBodies: z.boolean(),
    createdAt: time(),
    expiresAt: time(),
  })
  .register(wireShapes, { id: 'BinShareOut' })

/** The link itself is shown this once. */
const ShareCreatedOut = ShareOut.extend({ token: z.string(), url: z.string() }).register(
  wireShapes,
  { id: 'BinShareCreatedOut' },
)

export const binShareRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.list-shares',
    summary: 'List the links to a bin that are not over',
    status: 200,
    output: z.object({ data: z.array(ShareOut) }),
    async handle({ bin }, { store }) {
      return { data: (await listShares(store.db, bin.id)).map(toShareOut) }
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.create-share',
    summary:
      'Make a link that shows a bin, or one capture, to whoever has it; for a day unless said otherwise',
    body: ShareIn,
    bodyOptional: true,
    status: 201,
    output: ShareCreatedOut,
    records: 'bin',
    async handle({ bin, body }, { store, record, publicUrl, clock }) {
      const { captureId, hideBodies = false, expiresInSeconds = DAY_SECONDS } = body
      const capture = captureId ? await getCapture(store.db, bin.id, captureId) : null
      const { share, token } = await insertShare(store.db, bin.id, {
        captureId: capture?.id ?? null,
        hidesBodies: hideBodies,
        expiresAt: expiryOf(expiresInSeconds, clock()),
      })
      await record(store.db, { ...targetOf(bin), before: {}, after: { share: toShareOut(share) } })
      return { ...toShareOut(share), token, url: `${publicUrl()}/api/v1/shared-bin/${token}` }
    },
  }),

  route({
    method: 'DELETE',
    path: `${PATH}/:share_id`,
    access: 'environment',
    operationId: 'bellwire.bin.delete-share',
    summary: 'Revoke a link to a bin',
    status: 204,
    records: 'bin',
    async handle({ bin, params }, { store, record }) {
      const share = await deleteShare(store.db, bin.id, params['share_id']!)
      await record(store.db, { ...targetOf(bin), before: { share: toShareOut(share) }, after: {} })
    },
  }),
]

const toShareOut = (share: BinShare): z.input<typeof ShareOut> => ({
  id: share.id,
  captureId: share.captureId,
  hideBodies: share.hidesBodies,
  createdAt: share.createdAt.toISOString(),
  expiresAt: share.expiresAt.toISOString(),
})
