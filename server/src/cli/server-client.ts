// The running server, for commands that are its clients.
import { readClientConfig, readConfig } from '../config.ts'
import { CommandError } from './failures.ts'
import { readDevApiKey } from './secrets.ts'

export type Server = { url: string; apiKey: string }

/** As told by the environment; else the `dev` of this folder. */
export async function findServer(): Promise<Server> {
  const { url, apiKey } = readClientConfig()
  const { host, port, dataDir } = readConfig()
  const local = `http://${host}:${port}`
  const key = apiKey ?? (url === undefined || url === local ? await readDevApiKey(dataDir) : null)
  if (key === null) throw new CommandError('No API key: set BELLWIRE_API_KEY', 2)
  return { url: (url ?? local).replace(/\/+$/, ''), apiKey: key }
}

/** The answer, whatever its status. Throws when there is none. */
export async function call(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new CommandError(
      `No server answers at ${new URL(url).origin} (${reasonOf(error)}). Start one with \`npm start\`, or set BELLWIRE_URL.`,
      3,
    )
  }
}

/** Why a fetch came to nothing. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as {
    cause?: { code?: string; message?: string }
    message?: string
  }
  return cause?.code ?? cause?.message ?? message ?? String(error)
}

type Refusal = { detail?: unknown; request_id?: string }

/** In the server's own words. */
export function refusalOf(status: number, { detail, request_id }: Refusal): CommandError {
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail)
  return new CommandError(
    `${status}: ${text} (request ${request_id})`,
    status === 401 || status === 403 ? 3 : 1,
  )
}

/** What the API says; throws what it refuses. With a body it is a POST unless said otherwise. */
export async function ask<Answer>(
  server: Server,
  path: string,
  given: object | null = null,
  method = given === null ? 'GET' : 'POST',
): Promise<Answer> {
  const headers = { authorization: `Bearer ${server.apiKey}` }
  const init = { method, headers, ...(given !== null && { body: JSON.stringify(given) }) }
  const answer = await call(`${server.url}/api/v1${path}`, init)
  const body = JSON.parse((await answer.text()) || 'null') as Answer & Refusal
  if (!answer.ok) throw refusalOf(answer.status, body)
  return body
}
