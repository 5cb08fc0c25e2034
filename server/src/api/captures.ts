// What arrived at a bin: read, kept, checked against a signature, taken along as code.
import { z } from 'zod'
import { toCode } from '../domain/capture-code.ts'
import { invalid } from '../domain/errors.ts'
import {
  deleteCapture,
  findCaptures,
  getCapture,
  listCaptures,
  listNumbered,
  pinCapture,
} from '../store/captures.ts'
import { targetOf } from './bins.ts'
import { captureQuery, filterOf, MOST_CAPTURES, matchIn, wantsOf } from './capture-filter.ts'
import {
  CaptureOut,
  CapturesOut,
  CaptureVerdictOut,
  endpointSecretsOf,
  showCapture,
  showCaptures,
} from './capture-shape.ts'
import { cleanText } from './fields.ts'
import { choice, orderQuery, text, wholeNumber } from './lists.ts'
import { fieldsOf } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/bin/:bin_id/capture'
const ONE = '/api/v1/bin/:bin_id/capture/:capture_id'

export const captureRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.list-captures',
    summary: 'List what arrived at a bin, newest first, by the numbers of captures',
    query: z.object({
      ...captureQuery,
      ...orderQuery,
      before: wholeNumber(),
      limit: wholeNumber(MOST_CAPTURES),
    }),
    status: 200,
    output: CapturesOut,
    async handle({ bin, query }, deps) {
      const { db } = deps.store
      const asked = {
        filter: { ...filterOf(query), before: query.before ?? null },
        limit: query.limit ?? 20,
        order: query.order ?? 'descending',
      }
      const wants = wantsOf(matchIn(query))
      if (wants === null) {
        return { data: await showCaptures(bin, await listCaptures(db, bin.id, asked), deps) }
      }
      const { found } = await findCaptures(db, bin.id, { ...asked, wants })
      const captures = await listNumbered(db, bin.id, { seqs: found, order: asked.order })
      return { data: await showCaptures(bin, captures, deps) }
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.get-capture',
    summary: 'Get a capture',
    status: 200,
    output: CaptureOut,
    async handle({ bin, params }, deps) {
      const capture = await getCapture(deps.store.db, bin.id, params['capture_id']!)
      return showCapture(bin, capture, deps)
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.patch-capture',
    summary: 'Pin a capture: it makes no room for others',
    body: z.object({ pinned: z.boolean() }),
    status: 200,
    output: CaptureOut,
    records: 'bin',
    async handle({ bin, params, body }, deps) {
      const { store, record } = deps
      const name = params['capture_id']!
      const capture = await pinCapture(store.db, bin.id, { name, pinned: body.pinned })
      await record(store.db, {
        ...targetOf(bin),
        before: {},
        after: { captureId: capture.id, pinned: body.pinned },
      })
      return showCapture(bin, capture, deps)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.delete-capture',
    summary: 'Delete a capture',
    status: 204,
    records: 'bin',
    async handle({ bin, params }, { store, record }) {
      await deleteCapture(store.db, bin.id, params['capture_id']!)
      await record(store.db, {
        ...targetOf(bin),
        before: { captureId: params['capture_id'] },
        after: fieldsOf({}),
      })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/code`,
    access: 'environment',
    operationId: 'bellwire.bin.get-capture-code',
    summary: 'Get a capture as a curl command, a fetch call or a fixture for tests',
    query: z.object({ format: choice(['curl', 'fetch', 'fixture']), url: text() }),
    status: 200,
    output: z.object({ code: z.string() }).register(wireShapes, { id: 'CaptureCodeOut' }),
    async handle({ bin, params, query }, { store }) {
      const capture = await getCapture(store.db, bin.id, params['capture_id']!)
      const { format = 'curl', url = null } = query
      return { code: toCode(capture, { format, url }) }
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/verify`,
    access: 'environment',
    reads: true,
    operationId: 'bellwire.bin.verify-capture',
    summary:
      'Check the signature of a capture with a secret that is not kept, or with its endpoint’s',
    body: z
      .object({
        provider: z.string().min(1).max(64).optional().meta({
          description: 'Without one, those that the capture looks like it is from',
        }),
        variant: z.string().min(1).max(64).optional(),
        secret: cleanText(8_192).min(1).optional(),
        publicUrl: z
          .url({ protocol: /^https?$/ })
          .max(2_048)
          .optional(),
      })
      .register(wireShapes, { id: 'CaptureVerifyIn' }),
    bodyOptional: true,
    status: 200,
    output: CaptureVerdictOut,
    transaction: false,
    records: { nothing: 'it changes nothing' },
    async handle({ bin, params, body }, deps) {
      if (body.variant !== undefined && body.provider === undefined) {
        throw invalid(['body', 'variant'], 'has no meaning without a provider')
      }
      const capture = await getCapture(deps.store.db, bin.id, params['capture_id']!)
      const endpointSecrets = await endpointSecretsOf(bin.endpointId, deps)
      return deps.verifyCapture(capture, { ...body, endpointSecrets, explained: true })
    },
  }),
]
