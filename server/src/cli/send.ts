import { text } from 'node:stream/consumers'
import { CommandError } from './failures.ts'
import { call, findServer, refusalOf } from './server-client.ts'

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
  if (!answer.ok) throw refusalOf(answer.status, body)
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
