// Every list and look-up of the API, with each of its filters, on the history of lists-seed.ts.
import { timeOf, toId } from '../server/src/domain/ids.ts'
import type { Pool } from '../server/src/store/connect.ts'
import { NAMES } from './lists-seed.ts'

export type ListRequest = { list: string; what: string; path: string; body?: object }

const DAY_MS = 24 * 3600 * 1000

/** Where the history is: its ids in the middle and near the end, its oldest time. */
type Places = Awaited<ReturnType<typeof findPlaces>>

export async function findPlaces(pool: Pool, rows: number) {
  const one = async (table: string, order: string, offset: number) => {
    const { rows: found } = await pool.query<{ id: string }>(
      `select id from ${table} order by id ${order} offset $1 limit 1`,
      [offset],
    )
    return found[0]!.id
  }
  const middle = rows >> 1
  const message = async (order: string, offset: number) =>
    toId('message', await one('message', order, offset))
  const attempt = async (order: string, offset: number) =>
    toId('attempt', await one('attempt', order, offset))
  const { rows: application } = await pool.query<{ id: string }>(
    'select id from application order by id offset 5000 limit 1',
  )
  const oldest = timeOf(await message('asc', 0)).getTime()
  return {
    messages: { middle: await message('asc', middle), end: await message('asc', 200) },
    attempts: { middle: await attempt('asc', middle), end: await attempt('asc', 200) },
    application: toId('application', application[0]!.id),
    crowded: await mostAttempted(pool),
    oldest,
  }
}

/** The message that most attempts are of. */
async function mostAttempted(pool: Pool) {
  const { rows } = await pool.query<{ id: string }>(
    'select message_id as id from attempt where resend > 0 limit 1',
  )
  return toId('message', rows[0]!.id)
}

const APP = '/app/history'

export function listRequests(places: Places): ListRequest[] {
  const { messages, attempts } = places
  const events = ofMessages(places)
  return [
    ...named('messages', `${APP}/msg`, [...paging(messages), ...windows(places), ...events]),
    ...['busy', 'second', 'quiet'].flatMap((endpoint) => [
      ...named(`attempts of ${endpoint}`, `${APP}/attempt/endpoint/${endpoint}`, [
        ...(endpoint === 'busy' ? [...paging(attempts), ...windows(places)] : ['limit=50']),
        ...events,
        ...['0', '1', '2', '3', '4'].map((status) => `status=${status}`),
        ...['0', '100', '200', '300', '400', '500'].map(
          (hundred) => `status_code_class=${hundred}`,
        ),
        `event_types=${NAMES.second}&status=2`,
        `event_types=${NAMES.rare}&status_code_class=300`,
        'with_msg=true',
      ]),
      ...named(`attempted messages of ${endpoint}`, `${APP}/endpoint/${endpoint}/msg`, [
        ...(endpoint === 'busy' ? [...paging(messages), ...windows(places)] : ['limit=50']),
        ...events,
        ...['0', '1', '2', '3', '4'].map((status) => `status=${status}&expanded_statuses=true`),
        `event_types=${NAMES.second}&status=2`,
      ]),
      ...named(`counts of ${endpoint}`, `${APP}/endpoint/${endpoint}`, ['/stats']),
      ...named(`counts of ${endpoint}`, `${APP}/attempt/endpoint/${endpoint}/count`, [
        '',
        'status=2',
        `event_types=${NAMES.second}`,
        `event_types=${NAMES.rare}`,
        'tag=never',
      ]),
    ]),
    ...named('attempts of a message', `${APP}/attempt/msg/${places.crowded}`, [
      'limit=50',
      'limit=250',
      'status=2',
      'status_code_class=500',
      'event_types=order.never',
      'endpoint_id=busy',
      'endpoint_id=quiet',
    ]),
    ...named('destinations of a message', `${APP}/msg/${messages.middle}/endpoint`, ['limit=50']),
    ...named('message', `${APP}/msg`, [`/${messages.middle}`, '/event-500', '/event-none']),
    ...named('endpoints', '/app/other-1/endpoint', ['limit=50', 'limit=250', 'order=ascending']),
    ...named('applications', '/app', [
      'limit=50',
      'limit=250',
      `iterator=${places.application}`,
      `iterator=-${places.application}`,
      'exclude_apps_with_no_endpoints=true',
      'exclude_apps_with_disabled_endpoints=true',
    ]),
    ...named('event types', '/event-type', ['limit=50', 'limit=250', 'iterator=listed.type0400']),
    ...named('background tasks', '/background-task', [
      'limit=50',
      'limit=250',
      'status=running',
      'task=endpoint.recover',
    ]),
    ...['order.type00', 'order.never'].map((eventType) => ({
      list: 'precheck',
      what: eventType,
      path: `${APP}/msg/precheck/active`,
      body: { eventType },
    })),
  ]
}

const paging = ({ middle, end }: { middle: string; end: string }) => [
  'limit=50',
  'limit=250',
  'with_content=false',
  `iterator=${middle}`,
  `iterator=${end}`,
  `iterator=-${middle}`,
  `iterator=-${end}`,
]

const windows = ({ oldest }: Places) => {
  const middle = oldest + (Date.now() - oldest) / 2
  const at = (time: number) => new Date(time).toISOString()
  return [
    `before=${at(middle)}`,
    `after=${at(middle)}`,
    `before=${at(middle)}&after=${at(middle - DAY_MS)}`,
  ]
}

const ofMessages = ({ messages }: Places) => [
  `event_types=${NAMES.common}`,
  `event_types=${NAMES.second}&limit=250`,
  `event_types=${NAMES.common},${NAMES.second},${NAMES.rare}`,
  `event_types=${NAMES.rare}`,
  'event_types=order.never',
  'channel=shop',
  'channel=rare',
  'channel=never',
  'tag=paid',
  'tag=rare',
  'tag=never',
  `event_types=${NAMES.second}&tag=never`,
  'channel=shop&tag=rare',
  `event_types=${NAMES.rare}&before=${timeOf(messages.middle).toISOString()}`,
]

function named(list: string, base: string, queries: string[]): ListRequest[] {
  return queries.map((what) => {
    const query = what === '' || what.startsWith('/') ? what : `?${what}`
    return { list, what: what.replaceAll(/(?<=msg_|atmpt_)\w+/g, '…'), path: `${base}${query}` }
  })
}
