import { type Selectable, sql } from 'kysely'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Transport } from '../domain/transport.ts'
import type { Db } from './connect.ts'
import { changeEndpoint } from './endpoints.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'

/** Null for most endpoints: they are spoken to as everyone is. */
export async function findTransport(db: Db, seal: Seal, id: EndpointId): Promise<Transport | null> {
  const transports = await listTransportsOf(db, seal, [id])
  return transports.get(id)?.() ?? null
}

/**
 * Puts what `change` makes of the present one in its place, null for none; returns both. The next
 * attempt uses it.
 */
export async function changeTransport(
  db: Db,
  seal: Seal,
  id: EndpointId,
  change: (present: Transport | null) => Transport | null,
): Promise<{ before: Transport | null; after: Transport | null }> {
  return changeEndpoint(db, id, async (tx) => {
    const before = await findTransport(tx, seal, id)
    const after = change(before)
    if (after === null) {
      await tx.deleteFrom('endpoint_transport').where('endpoint_id', '=', toUuid(id)).execute()
    } else {
      const values = toRow(seal, id, after)
      await tx
        .insertInto('endpoint_transport')
        .values({ endpoint_id: toUuid(id), ...values })
        .onConflict((conflict) =>
          conflict.column('endpoint_id').doUpdateSet({ ...values, updated_at: sql`now()` }),
        )
        .execute()
    }
    return { before, after }
  })
}

/** By endpoint, of those that have one. */
export async function listTransportsOf(
  db: Db,
  seal: Seal,
  ids: EndpointId[],
): Promise<Map<EndpointId, () => Transport>> {
  const rows = await db
    .selectFrom('endpoint_transport')
    .selectAll()
    .where(sql<boolean>`endpoint_id = any (${ids.map(toUuid)}::uuid[])`)
    .execute()
  const byUuid = new Map(rows.map((row) => [row.endpoint_id, row]))
  return new Map(
    ids.flatMap((id) => {
      const row = byUuid.get(toUuid(id))
      return row === undefined ? [] : [[id, () => toTransport(seal, id, row)]]
    }),
  )
}

const placeOf = (id: EndpointId) => `endpoint_transport.private_key/${id}`

const toRow = (seal: Seal, id: EndpointId, transport: Transport) => ({
  http_version: transport.httpVersion,
  certificate: transport.certificate,
  private_key: transport.privateKey === null ? null : seal.seal(transport.privateKey, placeOf(id)),
  trusted_certificates: transport.trustedCertificates,
  trust_system: transport.trustSystem,
})

const toTransport = (
  seal: Seal,
  id: EndpointId,
  row: Selectable<Tables['endpoint_transport']>,
): Transport => ({
  httpVersion: row.http_version,
  certificate: row.certificate,
  privateKey: row.private_key && seal.open(row.private_key, placeOf(id)),
  trustedCertificates: row.trusted_certificates,
  trustSystem: row.trust_system,
})
