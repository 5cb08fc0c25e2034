// Bins: URLs that keep and show whatever arrives, and answer as they are told.
import { z } from 'zod'
import { BIN_PATH, type Bin } from '../domain/bin.ts'
import { findEndpointOwner } from '../store/app-listeners.ts'
import { deleteBin, getBinToken, insertBin, listBins, updateBin } from '../store/bins.ts'
import { getEndpoint } from '../store/endpoints.ts'
import {
  BinCreatedOut,
  BinIn,
  BinOut,
  DAY_SECONDS,
  expiryOf,
  readRules,
  toBinOut,
} from './bin-shape.ts'
import { remove } from './endpoint-writes.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/bin'
const ONE = '/api/v1/bin/:bin_id'

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
        rules: readRules(body.rules ?? []),
        endpointId: null,
        expiresAt: expiryOf(body.expiresInSeconds ?? 7 * DAY_SECONDS, clock()),
      })
      await record(store.db, { ...targetOf(bin), after: noted(bin) })
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
        ...(body.rules !== undefined && { rules: readRules(body.rules) }),
        ...(body.expiresInSeconds !== undefined && {
          expiresAt: expiryOf(body.expiresInSeconds, clock()),
        }),
      })
      await record(store.db, { ...targetOf(bin), before: noted(bin), after: noted(after) })
      return toBinOut(after)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.bin.delete',
    summary: 'Delete a bin with all that it holds; the endpoint of a listener goes with it',
    status: 204,
    records: 'bin',
    async handle({ bin }, deps) {
      await removeEndpoint(bin, deps)
      await deleteBin(deps.store.db, bin.id)
      await deps.record(deps.store.db, { ...targetOf(bin), before: noted(bin) })
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

/** Of `bellwire listen --app`: it has no other purpose. */
async function removeEndpoint({ listensTo: endpointId }: Bin, deps: HandlerDeps) {
  const owner = endpointId && (await findEndpointOwner(deps.store.db, endpointId))
  if (!endpointId || !owner) return
  const endpoint = await getEndpoint(deps.store.db, owner.id, endpointId)
  await remove(deps, { owner, endpoint })
}

/** Of a change that is noted. */
export const targetOf = ({ id }: Bin) => ({ target: { kind: 'bin' as const, id } })

/** Without what counts itself. */
export function noted(bin: Bin) {
  const { answered, lastSeq, ...fields } = bin
  return fieldsOf(fields)
}
