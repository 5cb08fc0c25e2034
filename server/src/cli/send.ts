import { text } from 'node:stream/consumers'
import { readClientConfig, readConfig } from '../config.ts'
import { CommandError } from './failures.ts'
import { readDevApiKey } from './secrets.ts'

type Options = { app: string; type: string; payload: string; eventId?: string; json?: boolean }

/** Sends a message through the API, like any client. */
export async function send(options: Options): Promise<void> {
  const payload = options.payload === '-' ? await text(process.stdin) : options.payload
  assertObject(payload)
  const { url, apiKey } = await findServer()
  const { type: eventType, eventId } = options
  // The payload goes in as it was typed: its bytes are what the receiver gets.
  const head = JSON.stringify({ eventType, ...(eventId !== undefined && { eventId }) })
  const answer = await call(`${url}/api/v1/app/${encodeURIComponent(options.app)}/msg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: `${head.slice(0, -1)},"payload":${payload}}`,
  })
  const body = (await answer.json()) as { id?: string; detail?: unknown; request_id?: string }
  if (!answer.ok) {
    const detail = typeof body.detail === 'string' ? body.detail : JSON.stringify(body.detail)
    const exitCode = answer.status === 401 || answer.status === 403 ? 3 : 1
    throw new CommandError(`${answer.status}: ${detail} (request ${body.request_id})`, exitCode)
  }
  if (options.json) console.log(JSON.stringify(body))
  else {
    console.log(body.id)
    console.error(
      `Accepted. What came of it: curl ${url}/api/v1/app/${options.app}/attempt/msg/${body.id} -H "Authorization: Bearer …"`,
    )
  }
}

function assertObject(payload: string): void {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch (error) {
    throw new CommandError(`The payload is not JSON: ${(error as Error).message}`, 2)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`The payload must be a JSON object, got ${payload.slice(0, 40)}`, 2)
  }
}

/** As told by the environment; else the `dev` of this folder. */
async function findServer() {
  const { url, apiKey } = readClientConfig()
  const { host, port, dataDir } = readConfig()
  const local = `http://${host}:${port}`
  const key = apiKey ?? (url === undefined || url === local ? await readDevApiKey(dataDir) : null)
  if (key === null) throw new CommandError('No API key: set BELLWIRE_API_KEY', 2)
  return { url: (url ?? local).replace(/\/+$/, ''), apiKey: key }
}

async function call(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    throw new CommandError(
      `No server answers at ${new URL(url).origin} (${cause?.code ?? cause?.message ?? String(error)}). Start one with \`npm start\`, or set BELLWIRE_URL.`,
      3,
    )
  }
}
