import type { Headers } from '../domain/custom-headers.ts'
import { type EndpointAuth, isEmpty } from '../domain/endpoint-auth.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { changeEndpoint, ifReadable, openAuth, openHeaders, sealAuth } from './endpoints.ts'
import type { Seal } from './sealed.ts'

/** How its requests prove themselves, secrets included; null when Standard Webhooks are all. */
export async function findAuth(db: Db, seal: Seal, id: EndpointId): Promise<EndpointAuth | null> {
  const row = await db
    .selectFrom('endpoint')
    .select('auth')
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  return openAuth(seal, id, row?.auth ?? null)
}

type Change = (present: EndpointAuth | null, headers: Headers) => EndpointAuth | null

/** Replaces it with what `change` makes of the present one; returns both. The next attempt uses it. */
export async function changeAuth(
  db: Db,
  seal: Seal,
  id: EndpointId,
  change: Change,
): Promise<{ before: EndpointAuth | null; after: EndpointAuth | null }> {
  return changeEndpoint(db, id, async (tx, row) => {
    const before = ifReadable(() => openAuth(seal, id, row.auth))
    const headers = ifReadable(() => openHeaders(seal, id, row.headers)) ?? {}
    const changed = change(before, headers)
    const after = changed === null || isEmpty(changed) ? null : changed
    const auth = sealAuth(seal, id, after)
    await tx.updateTable('endpoint').set({ auth }).where('id', '=', toUuid(id)).execute()
    return { before, after }
  })
}
