// Bins: URLs that keep and show whatever arrives, and answer as they are told.
import { z } from 'zod'
import { BIN_PATH, type Bin, type BinRule, MAX_DELAY_MS } from '../domain/bin.ts'
import { deleteBin, getBinToken, insertBin, listBins, updateBin } from '../store/bins.ts'
import { cleanText, namesTo, time } from './fields.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/bin'
const ONE = '/api/v1/bin/:bin_id'
const DAY_SECONDS = 86_400
const MOST_SECONDS = 30 * DAY_SECONDS

const HEADER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const FORBIDDEN =
  /^(set-cookie2?|content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|te|proxy-.*|content-security-policy|x-content-type-options)$/i

const headers = () =>
  namesTo(
    z
      .string()
      .max(4_096)
      .regex(/^[\t\x20-\x7e]*$/, 'printable ASCII, space and tab'),
  ).refine(
    (map) => Object.keys(map as object).every((name) => HEADER.test(name) && !FORBIDDEN.test(name)),
    { error: 'names of headers that may be set; no cookies, no framing, no policies of ours' },
  )

const status = () => z.number().int().min(200).max(599)

const RuleIn = z
  .object({
    method: z
      .string()
      .regex(/^[A-Z-]{1,20}$/, 'a method in capitals')
      .nullish(),
    path: z
      .string()
      .max(512)
      .regex(/^[/*][\x21-\x7e]*$/, 'a path, as /hooks/*')
      .nullish(),
    status: status().optional(),
    headers: headers().optional(),
    body: cleanText(64 * 1024).optional(),
    delayMs: z.number().int().min(0).max(MAX_DELAY_MS).optional(),
    statuses: z.array(status()).max(100).optional(),
    failureRate: z.number().min(0).max(1).optional(),
    seed: z.number().int().min(0).max(2_147_483_647).optional(),
  })
  .register(wireShapes, { id: 'BinRuleIn' })

const BinIn = z
  .object({
    name: cleanText(10_000).optional(),
    rules: z.array(RuleIn).max(50).optional(),
    expiresInSeconds: z.number().int().min(60).max(MOST_SECONDS).optional(),
  })
  .register(wireShapes, { id: 'BinIn' })

const BinOut = z
  .object({
    id: z.string(),
    name: z.string(),
    rules: z.array(
      z.object({
        method: z.string().nullable(),
        path: z.string().nullable(),
        status: z.number(),
        headers: z.record(z.string(), z.string()),
        body: z.string(),
        delayMs: z.number(),
        statuses: z.array(z.number()),
        failureRate: z.number(),
        seed: z.number(),
      }),
    ),
    /** The number of the last capture: wait for what comes `after` it. */
    lastSeq: z.number(),
    createdAt: time(),
    updatedAt: time(),
    expiresAt: time(),
  })
  .register(wireShapes, { id: 'BinOut' })

const BinCreatedOut = BinOut.extend({ url: z.string() }).register(wireShapes, {
  id: 'BinCreatedOut',
})

export const binRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.list',
    summary: 'List bins',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(BinOut),
    async handle({ caller, query }, { store }) {
      const request = pageById(query, 'bin', 'descending')
      const page = await listBins(store.db, caller.environmentId, request)
      return toEnvelope(page, { name: byId, out: toBinOut })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.bin.create',
    summary: 'Create a bin: a URL that keeps what arrives, for a week unless said otherwise',
    body: BinIn,
    bodyOptional: true,
    status: 201,
    output: BinCreatedOut,
    records: 'bin',
    async handle({ caller, body }, { store, seal, record, publicUrl, clock }) {
      const { bin, token } = await insertBin(store.db, seal, caller.environmentId, {
        name: body.name ?? '',
        rules: (body.rules ?? []).map(toRule),
        expiresAt: expiryOf(body.expiresInSeconds ?? 7 * DAY_SECONDS, clock()),
      })
      await record(store.db, { ...targetOf(bin), after: fieldsOf(bin) })
      return { ...toBinOut(bin), url: `${publicUrl()}${BIN_PATH}${token}` }
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.get',
    summary: 'Get a bin',
    status: 200,
    output: BinOut,
    handle: async ({ bin }) => toBinOut(bin),
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.patch',
    summary: 'Change the name, the answers or the end of a bin',
    body: BinIn,
    bodyOptional: true,
    status: 200,
    output: BinOut,
    records: 'bin',
    async handle({ bin, body }, { store, record, clock }) {
      const after = await updateBin(store.db, bin.id, {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.rules !== undefined && { rules: body.rules.map(toRule) }),
        ...(body.expiresInSeconds !== undefined && {
          expiresAt: expiryOf(body.expiresInSeconds, clock()),
        }),
      })
      await record(store.db, { ...targetOf(bin), before: fieldsOf(bin), after: fieldsOf(after) })
      return toBinOut(after)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.delete',
    summary: 'Delete a bin with all that it holds',
    status: 204,
    records: 'bin',
    async handle({ bin }, { store, record }) {
      await deleteBin(store.db, bin.id)
      await record(store.db, { ...targetOf(bin), before: fieldsOf(bin) })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/token`,
    access: 'environment',
    capability: 'ViewEndpointSecret',
    operationId: 'bellwire.bin.get-token',
    summary: 'Get the URL of a bin, which holds its token',
    status: 200,
    output: z
      .object({ token: z.string(), url: z.string() })
      .register(wireShapes, { id: 'BinUrlOut' }),
    async handle({ bin }, { store, seal, publicUrl }) {
      const token = await getBinToken(store.db, seal, bin.id)
      return { token, url: `${publicUrl()}${BIN_PATH}${token}` }
    },
  }),
]

/** Of a change that is noted. */
export const targetOf = ({ id }: Bin) => ({ target: { kind: 'bin' as const, id } })

const expiryOf = (seconds: number, now: Date) => new Date(now.getTime() + seconds * 1000)

const toRule = (given: z.output<typeof RuleIn>): BinRule => ({
  method: given.method ?? null,
  path: given.path ?? null,
  statuses: given.statuses ?? [],
  failureRate: given.failureRate ?? 0,
  seed: given.seed ?? 0,
  answer: {
    status: given.status ?? 200,
    headers: given.headers ?? {},
    body: given.body ?? '',
    delayMs: given.delayMs ?? 0,
  },
})

const toBinOut = (bin: Bin): z.input<typeof BinOut> => ({
  id: bin.id,
  name: bin.name,
  rules: bin.rules.map(({ answer, ...rule }) => ({ ...rule, ...answer })),
  lastSeq: bin.lastSeq,
  createdAt: bin.createdAt.toISOString(),
  updatedAt: bin.updatedAt.toISOString(),
  expiresAt: bin.expiresAt.toISOString(),
})
