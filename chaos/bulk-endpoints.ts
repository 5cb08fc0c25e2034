// Endpoints by the thousand, written as the API would write them, in one statement.
import { newUuid, toId, toUuid } from '../server/src/domain/ids.ts'
import { createSeal } from '../server/src/store/sealed.ts'
import { BASE_ENV } from './bellwire.ts'
import type { Stand } from './stand.ts'

/** A new application with an endpoint for each URL. */
export async function newApplication({ node, sql, recorder }: Stand, urls: string[]) {
  const { body: app } = await node.call('POST', '/app', { name: 'many' })
  const seal = createSeal(BASE_ENV['BELLWIRE_MAIN_SECRET']!)
  const rows = urls.map((url) => {
    const [id, secretId] = [newUuid(), newUuid()]
    const place = `endpoint_secret.sealed/${secretId}/${toId('endpoint', id)}`
    return { id, url, secretId, sealed: seal.seal(recorder.secret, place) }
  })
  await sql(
    `with made as (
       insert into endpoint (id, application_id, url)
       select id, $3, url from unnest($1::uuid[], $2::text[]) as e (id, url) returning id
     )
     insert into endpoint_secret (id, endpoint_id, kind, sealed)
     select s.id, endpoint_id, 'hmac', sealed
       from unnest($4::uuid[], $1::uuid[], $5::bytea[]) as s (id, endpoint_id, sealed)
       join made on made.id = s.endpoint_id`,
    [
      rows.map(({ id }) => id),
      urls,
      toUuid(app['id']),
      rows.map(({ secretId }) => secretId),
      rows.map(({ sealed }) => sealed),
    ],
  )
  return { app: app['id'] as string, endpoints: rows.map(({ id }) => toId('endpoint', id)) }
}
