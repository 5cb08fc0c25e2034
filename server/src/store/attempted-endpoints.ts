import { type Selectable, sql } from 'kysely'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type DeliveryRow, deliveryOf, toDelivery } from './delivery-state.ts'
import { toEndpoint } from './endpoints.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'

export type AttemptedEndpoint = Endpoint & { delivery: Delivery }

/**
 * The endpoints that a message is or was for, deleted ones included. It walks the endpoints of the
 * application, two probes each: an application has few, a message may have any of them.
 */
export async function listAttemptedEndpoints(
  db: Db,
  { id, applicationId }: Pick<Message, 'id' | 'applicationId'>,
  page: PageRequest & { withFiltered: boolean },
): Promise<Page<AttemptedEndpoint>> {
  const { rows } = await sql<Selectable<Tables['endpoint']> & DeliveryRow>`
    select e.*, d.state, d.reason, d.rule, d.finished_at, d.next_attempt_at
      from (select ${toUuid(id)}::uuid as id) m
      join endpoint e on e.application_id = ${toUuid(applicationId)}::uuid
     cross join lateral ${deliveryOf('e.id', 'm.id', page)} d
     where ${beyondCursor(page, 'e.id', 'uuid')}
     order by e.id ${sql.raw(sortDirection(page))} limit ${page.limit + 1}`.execute(db)
  return toPage(
    rows.map((row) => ({ ...toEndpoint(row), delivery: toDelivery(row) })),
    page,
  )
}
