// A server asked over HTTP as anybody's client asks it, for tests of what the API promises to every
// client. Their names begin with the number of the promise; behaviours.test.ts sees that none is missing.

import type { Environment } from '../../src/config.ts'
import type { Body } from '../api/api.ts'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

export type Behaving = Awaited<ReturnType<typeof startBehaving>>

let count = 0

export async function startBehaving(env: Environment = {}, tolerates: string[] = []) {
  const bellwire = await startBellwire(env, tolerates)

  async function ask(
    method: string,
    path: string,
    body?: string | object,
    headers: Record<string, string> = {},
  ) {
    const answer = await bellwire.call(method, path, body, headers)
    return { ...answer, body: answer.body as Body }
  }
  const post = (path: string, body?: string | object, headers?: Record<string, string>) =>
    ask('POST', path, body, headers)
  const get = (path: string) => ask('GET', path)

  return {
    ...bellwire,
    ask,
    post,
    get,
    put: (path: string, body: object) => ask('PUT', path, body),
    patch: (path: string, body: object) => ask('PATCH', path, body),
    remove: (path: string) => ask('DELETE', path),
    /** The path of a fresh application. */
    async newApp(fields: object = {}) {
      const { body } = await post('/app', { name: `app ${++count}`, ...fields })
      return `/app/${body.id}`
    },
    /** A fresh application with one endpoint at a receiver of its own. */
    async receiving(react?: Parameters<typeof startReceiver>[0], fields: object = {}) {
      const receiver = await startReceiver(react)
      const { body: application } = await post('/app', { name: `app ${++count}` })
      const app = `/app/${application.id}`
      const made = await post(`${app}/endpoint`, { url: receiver.url, ...fields })
      const endpointId = made.body.id
      const endpoint = `${app}/endpoint/${endpointId}`
      const send = async (fields: object = {}) =>
        (await post(`${app}/msg`, { eventType: 'a.b', payload: {}, ...fields })).body
      /** Oldest first. */
      const attempts = async (messageId: string) =>
        (await get(`${app}/attempt/msg/${messageId}`)).body.data.reverse()
      return { app, appId: application.id, endpoint, endpointId, receiver, send, attempts }
    },
    allOver: () => until('nothing is pending', async () => (await bellwire.pending()) === 0),
  }
}

export const ids = (data: { id: string }[]) => data.map(({ id }) => id)
