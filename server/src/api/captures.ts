// What arrived at a bin: read, waited for, kept, checked against a signature, taken along as code.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Capture } from '../domain/bin.ts'
import { toCode } from '../domain/capture-code.ts'
import type { BinId } from '../domain/ids.ts'
import {
  type CaptureFilter,
  deleteCapture,
  getCapture,
  listCaptures,
  pinCapture,
} from '../store/captures.ts'
import type { Db } from '../store/connect.ts'
import { Answer } from './answer.ts'
import { targetOf } from './bins.ts'
import { cleanText, time } from './fields.ts'
import { choice, orderQuery, text, wholeNumber } from './lists.ts'
import { fieldsOf } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/bin/:bin_id/capture'
const ONE = '/api/v1/bin/:bin_id/capture/:capture_id'
const LOOK_EVERY_MS = 100
const MOST = 100

const CaptureOut = z
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
    timing: z.object({ headMs: z.number(), bodyMs: z.number() }),
    answer: z.object({
      status: z.number(),
      rule: z.number().nullable(),
      delayMs: z.number(),
      relayed: z.boolean(),
    }),
    /** Until when its sender waits for a listener's answer. */
    answerBy: time().nullable(),
    pinned: z.boolean(),
  })
  .register(wireShapes, { id: 'CaptureOut' })

const CapturesOut = z.object({ data: z.array(CaptureOut) })

const filters = { after: wholeNumber(), method: text(), target: text() }

export const captureRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.list-captures',
    summary: 'List what arrived at a bin, newest first, by the numbers of captures',
    query: z.object({ ...filters, ...orderQuery, before: wholeNumber(), limit: wholeNumber(MOST) }),
    status: 200,
    output: CapturesOut,
    async handle({ bin, query }, { store }) {
      const captures = await listCaptures(store.db, bin.id, {
        filter: { ...filterOf(query), before: query.before ?? null },
        limit: query.limit ?? 20,
        order: query.order ?? 'descending',
      })
      return { data: captures.map(toCaptureOut) }
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/bin/:bin_id/wait',
    access: 'environment',
    operationId: 'bellwire.bin.wait',
    summary: 'Wait until so many captures have arrived; 204 when the time is over before',
    query: z.object({
      ...filters,
      count: wholeNumber(MOST),
      timeout: wholeNumber(60),
      expect: choice(['some', 'none']),
    }),
    status: 200,
    alsoStatus: 204,
    output: CapturesOut,
    async handle({ bin, query }, { store, isDraining }) {
      const wanted = query.expect === 'none' ? 1 : (query.count ?? 1)
      const captures = await arrived(store.db, bin.id, {
        filter: { ...filterOf(query), before: null },
        count: wanted,
        until: performance.now() + (query.timeout ?? 0) * 1000,
        isDraining,
      })
      const isThere = captures.length >= wanted
      if (isThere === (query.expect === 'none')) return new Answer(204, undefined)
      return { data: captures.map(toCaptureOut) }
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
    async handle({ bin, params }, { store }) {
      return toCaptureOut(await getCapture(store.db, bin.id, params['capture_id']!))
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
    async handle({ bin, params, body }, { store, record }) {
      const name = params['capture_id']!
      const capture = await pinCapture(store.db, bin.id, { name, pinned: body.pinned })
      await record(store.db, {
        ...targetOf(bin),
        before: {},
        after: { captureId: capture.id, pinned: body.pinned },
      })
      return toCaptureOut(capture)
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
      const { format = 'curl', url = 'http://localhost:3000/' } = query
      return { code: toCode(capture, { format, url }) }
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/verify`,
    access: 'environment',
    reads: true,
    operationId: 'bellwire.bin.verify-capture',
    summary: 'Check the signature of a capture with a secret that is not kept',
    body: z
      .object({
        provider: z.string().min(1).max(64),
        variant: z.string().min(1).max(64).optional(),
        secret: cleanText(8_192).min(1),
        publicUrl: z
          .url({ protocol: /^https?$/ })
          .max(2_048)
          .optional(),
      })
      .register(wireShapes, { id: 'CaptureVerifyIn' }),
    status: 200,
    output: z
      .object({
        verdict: z.enum(['valid', 'invalid']),
        reason: z.string().nullable(),
        skewSeconds: z.number().nullable(),
        bodyAuthenticated: z.boolean(),
        findings: z.array(
          z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
        ),
      })
      .register(wireShapes, { id: 'CaptureVerdictOut' }),
    transaction: false,
    records: { nothing: 'it changes nothing' },
    async handle({ bin, params, body }, { store, verifyCapture }) {
      return verifyCapture(await getCapture(store.db, bin.id, params['capture_id']!), body)
    },
  }),
]

type Wanted = {
  filter: CaptureFilter
  count: number
  until: number
  isDraining(): boolean
}

/** Those that match once there are enough, or what there is when the time is over. */
async function arrived(db: Db, binId: BinId, { filter, count, until, isDraining }: Wanted) {
  for (;;) {
    const captures = await listCaptures(db, binId, { filter, limit: MOST, order: 'ascending' })
    if (captures.length >= count || performance.now() >= until || isDraining()) return captures
    await sleep(LOOK_EVERY_MS)
  }
}

type Query = {
  after?: number | undefined
  method?: string | undefined
  target?: string | undefined
}

const filterOf = ({ after, method, target }: Query) => ({
  after: after ?? null,
  method: method ?? null,
  target: target ?? null,
})

export const toCaptureOut = (capture: Capture): z.input<typeof CaptureOut> => ({
  id: capture.id,
  seq: capture.seq,
  receivedAt: capture.receivedAt.toISOString(),
  method: capture.method,
  target: capture.target,
  httpVersion: capture.httpVersion,
  headers: capture.headers,
  body: {
    size: capture.body.length,
    sha256: capture.sha256,
    base64: capture.body.toString('base64'),
  },
  remote: { address: capture.remoteAddress, port: capture.remotePort },
  timing: { headMs: capture.headMs, bodyMs: capture.bodyMs },
  answer: capture.answer,
  answerBy: capture.answerBy?.toISOString() ?? null,
  pinned: capture.pinned,
})
