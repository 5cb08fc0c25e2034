// What can be done with a capture: sent again, as it was or changed, and held against another one.
import { z } from 'zod'
import type { Capture } from '../domain/bin.ts'
import { isOwnHeader } from '../domain/capture-code.ts'
import { differenceBetween } from '../domain/capture-difference.ts'
import { invalid } from '../domain/errors.ts'
import { findCaptureBefore, getCapture } from '../store/captures.ts'
import { cleanText } from './fields.ts'
import { text } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const ONE = '/api/v1/bin/:bin_id/capture/:capture_id'
const MAX_BODY = 14 * 1024 * 1024

const ReplayIn = z
  .object({
    url: z.url({ protocol: /^https?$/ }).max(65_536),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    /** Set or, with null, left out; the others go as they came. */
    headers: z
      .record(
        z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, 'the name of a header'),
        z
          .string()
          .max(8_192)
          .regex(/^[\t\x20-\x7e]*$/, 'printable ASCII, space and tab')
          .nullable(),
      )
      .optional(),
    /** In base64, in place of the captured one. */
    body: z.base64().max(MAX_BODY).optional(),
    sign: z
      .object({
        provider: z.string().min(1).max(64).optional(),
        variant: z.string().min(1).max(64).optional(),
        secret: cleanText(8_192).min(1),
      })
      .optional()
      .meta({ description: 'Sign it anew, as its provider does, with a secret that is not kept' }),
  })
  .register(wireShapes, { id: 'CaptureReplayIn' })

const ReplayOut = z
  .object({
    status: z.number().nullable(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    /** The first bytes, in base64. */
    body: z.string(),
    durationMs: z.number(),
    /** Why there was no answer, or none that is a success. */
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .register(wireShapes, { id: 'CaptureReplayOut' })

const changed = z.object({ from: z.string(), to: z.string() }).nullable()

const DifferenceOut = z
  .object({
    method: changed,
    target: changed,
    headers: z.array(
      z.object({ name: z.string(), from: z.array(z.string()), to: z.array(z.string()) }),
    ),
    body: z.object({
      isSame: z.boolean(),
      firstByte: z.number().nullable(),
      json: z
        .array(
          z.object({
            pointer: z.string(),
            from: z.string().optional(),
            to: z.string().optional(),
          }),
        )
        .nullable(),
      isCut: z.boolean(),
    }),
  })
  .register(wireShapes, { id: 'CaptureDifferenceOut' })

export const captureActionRoutes = [
  route({
    method: 'POST',
    path: `${ONE}/replay`,
    access: 'environment',
    operationId: 'bellwire.bin.replay-capture',
    summary: 'Send a capture to a URL, as it was or changed, and say what came back',
    body: ReplayIn,
    status: 200,
    output: ReplayOut,
    // It waits for another server, and nothing of it is kept.
    transaction: false,
    records: { nothing: 'nothing of ours is changed' },
    async handle({ bin, params, body }, { store, sendOnce, urlProblem, signAgain, clock }) {
      const { username, password } = new URL(body.url)
      if (username !== '' || password !== '') {
        throw invalid(['body', 'url'], 'no credentials here: send them as an authorization header')
      }
      const problem = await urlProblem(body.url)
      if (problem !== null) throw invalid(['body', 'url'], problem)
      const capture = await getCapture(store.db, bin.id, params['capture_id']!)
      const method = body.method ?? capture.method
      if (!isSendable(method)) {
        throw invalid(['body', 'method'], `required: ${capture.method} cannot be sent`)
      }
      const changed = {
        ...{ method, url: body.url, headers: headersOf(capture, body.headers ?? {}) },
        body: body.body === undefined ? capture.body : Buffer.from(body.body, 'base64'),
      }
      const request =
        body.sign === undefined
          ? changed
          : await signAgain(capture, changed, { ...body.sign, at: clock() })
      const outcome = await sendOnce({ ...request, headers: request.headers.flat() })
      const { answer, durationMs } = outcome
      return {
        status: answer?.status ?? null,
        headers: answer?.headers ?? [],
        body: answer?.body.toString('base64') ?? '',
        durationMs,
        failure:
          outcome.kind === 'delivered'
            ? null
            : { code: outcome.failure.code, message: outcome.failure.message },
      }
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/compare`,
    access: 'environment',
    operationId: 'bellwire.bin.compare-capture',
    summary: 'What differs between another capture, or the one before, and this one',
    query: z.object({ with: text() }),
    status: 200,
    output: DifferenceOut,
    async handle({ bin, params, query }, { store }) {
      const to = await getCapture(store.db, bin.id, params['capture_id']!)
      const from =
        query.with === undefined
          ? ((await findCaptureBefore(store.db, bin.id, to.seq)) ?? to)
          : await getCapture(store.db, bin.id, query.with)
      return differenceBetween(from, to)
    },
  }),
]

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const isSendable = (method: string): method is (typeof METHODS)[number] =>
  (METHODS as readonly string[]).includes(method)

/** What the client writes by itself is left to it. */
function headersOf(
  { headers }: Capture,
  changes: Record<string, string | null>,
): [string, string][] {
  const names = new Set(Object.keys(changes).map((name) => name.toLowerCase()))
  const kept = headers.filter(([name]) => !names.has(name.toLowerCase()))
  const set = Object.entries(changes).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  )
  return [...kept, ...set].filter(([name]) => !isOwnHeader(name))
}
