import { sql } from 'kysely'
import { MAX_OLD_SECRETS } from '../domain/endpoint.ts'
import { AppError, invariant } from '../domain/errors.ts'
import { type EndpointId, newUuid, toId, toUuid } from '../domain/ids.ts'
import type { SigningSecret } from '../domain/signing-secret.ts'
import type { Db } from './connect.ts'
import type { Seal } from './sealed.ts'

/** Makes `secret` the key in use. The caller has made sure that there is no other. */
export async function insertSecret(
  db: Db,
  seal: Seal,
  endpointId: EndpointId,
  secret: SigningSecret,
) {
  const id = newUuid()
  await db
    .insertInto('endpoint_secret')
    .values({
      id,
      endpoint_id: toUuid(endpointId),
      kind: secret.kind,
      sealed: seal.seal(secret.text, placeOf(id, endpointId)),
      expires_at: null,
    })
    .execute()
}

/** The key in use first, then the old ones whose grace has not ended, newest first. */
export async function listSecrets(db: Db, seal: Seal, endpointId: EndpointId) {
  const secrets = await listSecretsOf(db, [endpointId])
  return (secrets.get(toUuid(endpointId)) ?? []).map((secret) => secret.open(seal))
}

export type StoredSecret = {
  open(seal: Seal): { secret: SigningSecret; expiresAt: Date | null }
}

/** Of many endpoints, by their uuids; in the order of `listSecrets`. */
export async function listSecretsOf(
  db: Db,
  endpoints: EndpointId[],
): Promise<Map<string, StoredSecret[]>> {
  const rows = await db
    .selectFrom('endpoint_secret')
    .select(['id', 'endpoint_id', 'kind', 'sealed', 'expires_at'])
    .where(sql<boolean>`endpoint_id = any (${endpoints.map(toUuid)}::uuid[])`)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .orderBy(sql`expires_at is null desc`)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return Map.groupBy(
    rows.map((row) => ({
      endpoint: row.endpoint_id,
      open: (seal: Seal) => ({
        secret: {
          kind: row.kind,
          text: seal.open(row.sealed, placeOf(row.id, toId('endpoint', row.endpoint_id))),
        },
        expiresAt: row.expires_at,
      }),
    })),
    ({ endpoint }) => endpoint,
  )
}

type Rotation = { secret: SigningSecret; graceSeconds: number }

/** Inside a transaction that holds the endpoint's row. Throws limit_reached with too many old keys. */
export async function rotateSecret(
  tx: Db,
  seal: Seal,
  endpointId: EndpointId,
  { secret, graceSeconds }: Rotation,
) {
  invariant(tx.isTransaction, 'a rotation is two writes')
  const endpoint = toUuid(endpointId)
  // An ended key is erased, not only ignored.
  await tx
    .deleteFrom('endpoint_secret')
    .where('endpoint_id', '=', endpoint)
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
  const old = await tx
    .selectFrom('endpoint_secret')
    .select('expires_at')
    .where('endpoint_id', '=', endpoint)
    .where('expires_at', 'is not', null)
    .orderBy('expires_at')
    .execute()
  if (old.length >= MAX_OLD_SECRETS && graceSeconds > 0) {
    throw new AppError(
      'limit_reached',
      `${old.length} old keys are still in their grace period; the next one expires at ${old[0]!.expires_at!.toISOString()}`,
    )
  }
  const current = tx
    .updateTable('endpoint_secret')
    .set({ expires_at: sql<Date>`now() + ${graceSeconds} * interval '1 second'` })
    .where('endpoint_id', '=', endpoint)
    .where('expires_at', 'is', null)
  await current.execute()
  if (graceSeconds === 0) {
    await tx
      .deleteFrom('endpoint_secret')
      .where('endpoint_id', '=', endpoint)
      .where('expires_at', '<=', sql<Date>`now()`)
      .execute()
  }
  await insertSecret(tx, seal, endpointId, secret)
}

const placeOf = (id: string, endpointId: EndpointId) => `endpoint_secret.sealed/${id}/${endpointId}`
