// Bins for endpoints: one that an endpoint sends to, and one that shows what an endpoint would get.
import { z } from 'zod'
import { BIN_PATH } from '../domain/bin.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { insertBin, setBinEndpoint } from '../store/bins.ts'
import { listCaptures } from '../store/captures.ts'
import { inTransaction } from '../store/transaction.ts'
import { BinCreatedOut, BinIn, DAY_SECONDS, expiryOf, readRules, toBinOut } from './bin-shape.ts'
import { noted, targetOf } from './bins.ts'
import { CaptureOut, showCaptures } from './capture-shape.ts'
import { assertAuth } from './endpoint-auth.ts'
import {
  assertEventTypes,
  assertReachable,
  EndpointIn,
  EndpointOut,
  toEndpointOut,
} from './endpoint-shape.ts'
import { create } from './endpoint-writes.ts'
import { eventTypeName } from './fields.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { findExample, PING } from './send-example.ts'
import { wireShapes } from './shapes.ts'

const BinEndpointIn = z
  .object({
    bin: BinIn.optional(),
    endpoint: EndpointIn.omit({ url: true }).partial().optional(),
  })
  .register(wireShapes, { id: 'BinEndpointIn' })

const TestBinIn = BinIn.extend({
  eventType: eventTypeName().default(PING.name),
  exampleIndex: z.number().int().min(0).default(0),
}).register(wireShapes, { id: 'TestBinIn' })

export const endpointBinRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/bin-endpoint',
    access: 'environment',
    operationId: 'bellwire.endpoint.create-with-bin',
    summary:
      'Create a bin and an endpoint that sends to it; the bin verifies with the secret of the endpoint',
    body: BinEndpointIn,
    bodyOptional: true,
    status: 201,
    output: z.object({ bin: BinCreatedOut, endpoint: EndpointOut }),
    before: async ({ caller, body }, deps) => {
      await assertReachable(`${deps.publicUrl()}${BIN_PATH}${'a'.repeat(43)}`, { caller, deps })
      await assertAuth(body.endpoint?.auth, { caller, deps, at: ['endpoint', 'auth'] })
    },
    records: ['endpoint', 'bin'],
    async handle({ caller, application, body }, deps) {
      const { bin, url } = await makeBin(deps, { ...caller, fields: body.bin ?? {} })
      const endpoint = await create(deps, {
        owner: application,
        body: EndpointIn.parse({ ...body.endpoint, url }),
        // A bin gives no challenge back.
        isOwnBin: true,
        assertTypes: (db, names) => assertEventTypes(db, caller, names),
      })
      await setBinEndpoint(deps.store.db, bin.id, endpoint.id)
      await deps.record(deps.store.db, {
        ...targetOf(bin),
        after: { ...noted(bin), endpointId: endpoint.id },
      })
      return {
        bin: { ...toBinOut({ ...bin, endpointId: endpoint.id }), url },
        endpoint: toEndpointOut(endpoint),
      }
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/test-bin',
    access: 'environment',
    operationId: 'bellwire.endpoint.create-test-bin',
    summary:
      'Send an example to a new bin as this endpoint would get it, and show it with its verdict',
    body: TestBinIn,
    bodyOptional: true,
    status: 201,
    output: z.object({
      bin: BinCreatedOut,
      messageId: z.string().nullable(),
      /** Null when the bin answered with a 2xx. */
      failure: z.object({ code: z.string(), message: z.string() }).nullable(),
      capture: CaptureOut.nullable(),
    }),
    // The bin must be there for all before something is sent to it.
    transaction: false,
    records: 'bin',
    async handle({ caller, endpoint, body }, deps) {
      const { store, record, testDelivery } = deps
      const { eventType } = body
      const payload = await findExample(store.db, caller, body)
      const made = await inTransaction(store.db, async (db) => {
        const inside = { ...deps, store: { ...store, db } }
        const made = await makeBin(inside, { ...caller, fields: body, endpointId: endpoint.id })
        await record(db, { ...targetOf(made.bin), after: noted(made.bin) })
        return made
      })
      const { bin, url, token } = made
      const result = await testDelivery({ endpointId: endpoint.id, eventType, payload, token })
      const filter = { after: null, before: null, method: null, target: null }
      const captures = await listCaptures(store.db, bin.id, {
        filter,
        limit: 1,
        order: 'ascending',
      })
      const [capture = null] = await showCaptures(bin, captures, deps)
      const lastSeq = capture === null ? 0 : capture.seq
      return { bin: { ...toBinOut({ ...bin, lastSeq }), url }, ...result, capture }
    },
  }),
]

type Making = {
  environmentId: EnvironmentId
  fields: z.output<typeof BinIn>
  endpointId?: Parameters<typeof setBinEndpoint>[2]
}

async function makeBin(
  { store, seal, clock, publicUrl }: Pick<HandlerDeps, 'store' | 'seal' | 'clock' | 'publicUrl'>,
  { environmentId, fields, endpointId }: Making,
) {
  const { bin, token } = await insertBin(store.db, seal, environmentId, {
    name: fields.name ?? '',
    rules: readRules(fields.rules ?? []),
    endpointId: endpointId ?? null,
    expiresAt: expiryOf(fields.expiresInSeconds ?? 7 * DAY_SECONDS, clock()),
  })
  return { bin, token, url: `${publicUrl()}${BIN_PATH}${token}` }
}
