// A bin that gets the deliveries of an application, for as long as somebody listens: `bellwire listen
// --app`. Its endpoint is one like any other, but that what it is sent never leaves the process.
import { z } from 'zod'
import { BIN_PATH, binEndpointUrl } from '../domain/bin.ts'
import { joinToEndpoint } from '../store/app-listeners.ts'
import { getBin, insertBin } from '../store/bins.ts'
import { BinCreatedOut, toBinOut } from './bin-shape.ts'
import { assertEventTypes, eventTypes } from './endpoint-shape.ts'
import { create } from './endpoint-writes.ts'
import { channels } from './fields.ts'
import { filterJson } from './filter-shape.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

/** Until its listener is there for the first time. */
const FIRST_MS = 120_000

export const createAppListener = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/listener',
  access: 'environment',
  operationId: 'bellwire.application.listen',
  summary: 'Make a bin with an endpoint that leads there, for as long as somebody listens',
  body: z
    .object({
      eventTypes: eventTypes().nullish(),
      channels: channels().nullish(),
      filter: filterJson().optional(),
      /** The endpoint's, so that it stays the same from one time to the next. */
      secret: z.string().max(200).nullish(),
    })
    .register(wireShapes, { id: 'ListenerIn' }),
  bodyOptional: true,
  status: 201,
  output: BinCreatedOut,
  // By its URL the row tells of the bin too.
  records: 'endpoint',
  async handle({ caller, application: owner, body }, deps) {
    const { store, seal, publicUrl, clock } = deps
    const made = await insertBin(store.db, seal, owner.environmentId, {
      name: `Deliveries of ${owner.uid ?? owner.id}`,
      rules: [],
      endpointId: null,
      expiresAt: new Date(clock().getTime() + FIRST_MS),
    })
    const endpoint = await create(deps, {
      owner,
      body: {
        ...{ ...body, url: binEndpointUrl(made.token) },
        description: 'Somebody listens: bellwire listen',
      },
      isOwnBin: true,
      assertTypes: (db, names) => assertEventTypes(db, caller, names),
    })
    await joinToEndpoint(store.db, made.bin.id, endpoint.id)
    const bin = await getBin(store.db, owner.environmentId, made.bin.id)
    return { ...toBinOut(bin), url: `${publicUrl()}${BIN_PATH}${made.token}` }
  },
})
