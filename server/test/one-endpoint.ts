import type { Bellwire } from './harness.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { until } from './until.ts'

type Options = { react?: Parameters<typeof startReceiver>[0]; url?: string; secret?: string }

/** An attempt as the API shows it, with what the official client leaves out. */
export type ShownAttempt = {
  id: string
  endpointId: string
  url: string
  status: number
  statusText: string
  triggerType: number
  responseStatusCode: number
  responseDurationMs: number
  timestamp: string
  failure?: { code: string; detail?: string; message: string }
}

/** An application with one endpoint, at a receiver of its own unless `url` says where. */
export async function oneEndpoint(bellwire: Bellwire, { react, url, secret }: Options = {}) {
  const { svix, call, store } = bellwire
  const receiver: Receiver = await startReceiver(react)
  const { id: app } = await svix.application.create({ name: 'one endpoint' })
  const endpoint = await svix.endpoint.create(app, {
    url: url ?? receiver.url,
    ...(secret !== undefined && { secret }),
  })

  /** Oldest first. */
  async function attempts(messageId: string): Promise<ShownAttempt[]> {
    const { body } = await call('GET', `/app/${app}/attempt/msg/${messageId}`)
    return (body['data'] as ShownAttempt[]).reverse()
  }

  return {
    app,
    endpoint,
    receiver,
    attempts,
    send: (payload: object = {}) => svix.message.create(app, { eventType: 'a.b', payload }),
    /** The attempts of the message, as soon as there are `count`. */
    attempted: (messageId: string, count: number) =>
      until(`${count} attempts`, async () => {
        const made = await attempts(messageId)
        return made.length >= count && made
      }),
    /** Everything of this endpoint is over: how each delivery ended, oldest first. */
    async ended() {
      await until('nothing is pending', async () => (await bellwire.pending()) === 0)
      const { rows } = await store.pool.query<{ status: number; reason: string | null }>(
        `select status, reason from finished_delivery f join endpoint e on e.id = f.endpoint_id
          where e.url like $1 || '%' order by f.message_id`,
        [new URL('/', url ?? receiver.url).href],
      )
      return rows.map(({ status, reason }) => reason ?? (status === 1 ? 'succeeded' : status))
    },
    shown: async () => (await call('GET', `/app/${app}/endpoint/${endpoint.id}`)).body,
  }
}
