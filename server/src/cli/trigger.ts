import type { InboundRequest } from '@bellwire/sdk/verification'
import { toCode } from '../domain/capture-code.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { nameOf, testEvents } from './events/all.ts'
import type { TestEvent } from './events/event.ts'
import { exchange } from './exchange.ts'
import { CommandError } from './failures.ts'
import { change, isChanged } from './json-changes.ts'
import { printable } from './printable.ts'
import { send } from './send.ts'
import { ask, call, findServer, reasonOf, refusalOf } from './server-client.ts'
import { type Changes, requestOf } from './test-request.ts'

const ANSWER_MS = 30_000
const OPEN_BRACE = 0x7b

type Options = Changes & {
  to?: string
  source?: string
  bin?: string
  app?: string
  url?: string
  count?: number
  parallel?: number
  duplicate?: boolean
  print?: boolean
  list?: boolean
}

/** Sends a test event: of a provider, signed as it signs, or of one's own event types. */
export async function trigger(name: string | undefined, options: Options): Promise<void> {
  if (options.list) {
    for (const event of testEvents) console.log(nameOf(event))
    return
  }
  if (name === undefined) throw new CommandError('Name an event: --list shows them', 2)
  if (options.app !== undefined) return triggerOwn(name, options.app, options)
  const event = eventNamed(name)
  const { to, signedFor } = await destinationOf(options)
  let failed = 0
  async function triggerOne() {
    const request = await requestOf(event, { ...options, signedFor })
    if (options.print) {
      const url = withQuery(to, request.url)
      const raw = { ...request, target: request.url, httpVersion: '1.1', remoteAddress: '' }
      const headers = request.headers.map(([key, value]): [string, string] => [key, value])
      const body = Buffer.from(request.body)
      console.log(toCode({ ...raw, headers, body }, { format: 'curl', url }))
      return
    }
    for (let n = 0; n < times; n++) if (!(await sendTo(to, request, name!))) failed++
  }
  const { count = 1, parallel = 1 } = options
  const times = options.duplicate ? 2 : 1
  await inTurn(count, parallel, triggerOne)
  if (failed > 0) throw new CommandError(`${failed} of ${count * times} were not taken`)
}

/** So many, and never more than `parallel` at once. */
async function inTurn(count: number, parallel: number, one: () => Promise<void>) {
  let begun = 0
  const worker = async () => {
    while (begun++ < count) await one()
  }
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, worker))
}

function eventNamed(name: string): TestEvent {
  const found = testEvents.find((event) => nameOf(event) === name)
  if (found !== undefined) return found
  const provider = name.split('.')[0]!
  const near = testEvents.filter((event) => event.provider === provider).map(nameOf)
  const hint =
    near.length > 0
      ? `Of ${provider} there are ${near.join(', ')}`
      : '--list shows them; of your own event types give the --app'
  throw new CommandError(`There is no test event ${JSON.stringify(name)}. ${hint}`, 2)
}

/** Where it goes, and the URL that the provider would have been given. */
async function destinationOf({ to, source, bin, url }: Options) {
  const given = [to, source, bin].filter((each) => each !== undefined)
  if (given.length !== 1) throw new CommandError('Give one of --to, --source, --bin and --app', 2)
  if (to !== undefined) {
    if (!/^https?:/.test(to) || !URL.canParse(to)) {
      throw new CommandError(
        `--to: expected a URL such as http://localhost:3000/hooks, got ${to}`,
        2,
      )
    }
    return { to, signedFor: url ?? to }
  }
  const server = await findServer()
  const path = source === undefined ? `/bin/${name(bin!)}` : `/source/${name(source)}`
  const door = await ask<{ url: string }>(server, `${path}/token`)
  const { publicUrl } = await ask<{ publicUrl?: string | null }>(server, path)
  return { to: door.url, signedFor: url ?? publicUrl ?? door.url }
}

const name = encodeURIComponent

/** The query may hold a signature, so it goes along. */
function withQuery(to: string, signed: string): string {
  const query = signed.indexOf('?')
  return query < 0 ? to : to.split('?', 1)[0] + signed.slice(query)
}

async function sendTo(to: string, request: InboundRequest, name: string): Promise<boolean> {
  const origin = new URL(withQuery(to, request.url))
  const { method, body } = request
  const own: [string, string][] = [
    ['Host', origin.host],
    ['Content-Length', String(body.length)],
  ]
  const outgoing = {
    ...{ method, body, target: origin.pathname + origin.search },
    headers: [...own, ...request.headers],
  }
  try {
    const { status, ms, body } = await exchange(outgoing, { origin, timeoutMs: ANSWER_MS })
    const said = printable(body.toString('utf8').slice(0, 200))
    console.log(`${status}  ${ms} ms  ${name}${said === '' ? '' : `  ${said}`}`)
    return status >= 200 && status < 300
  } catch (error) {
    throw new CommandError(`Nothing answers at ${origin.origin} (${reasonOf(error)})`, 3)
  }
}

/** The first example of the event type's schema, as a message of the application. */
async function triggerOwn(type: string, app: string, options: Options): Promise<void> {
  assertOwn(options)
  const server = await findServer()
  const answer = await call(`${server.url}/api/v1/event-type/${name(type)}`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const body = JSON.parse(bytes.toString('utf8')) as { schemas: unknown }
  if (!answer.ok) throw refusalOf(answer.status, body as object)
  // In its own bytes: numbers in it keep their spelling.
  const schemas = body.schemas === null ? null : memberBytes(bytes, 'schemas')
  const schema = schemas && memberBytes(schemas, '1')
  const examples = schema && memberBytes(schema, 'examples')
  const example = examples === null ? undefined : elementBytes(examples)[0]
  if (example?.[0] !== OPEN_BRACE) {
    throw new CommandError(
      `Version 1 of the schema of ${type} has no JSON object among its "examples": add one, or use \`bellwire send\``,
    )
  }
  const payload = changed(example.toString('utf8'), options)
  await inTurn(options.count ?? 1, options.parallel ?? 1, () => send({ app, type, payload }))
}

/** What says how a provider would send it has no meaning for a message of one's own. */
function assertOwn(options: Options) {
  const { secret, header, body, stale, badSignature, unsigned, duplicate, print, url } = options
  const given = { secret, header, body, stale, badSignature, unsigned, duplicate, print, url }
  const names = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  )
  if (names.length === 0) return
  const flags = names.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`)
  throw new CommandError(`${flags.join(', ')}: only for events of providers, not with --app`, 2)
}

function changed(example: string, changes: Options): string {
  if (!isChanged(changes)) return example
  const json = JSON.parse(example) as object
  change(json, changes)
  return JSON.stringify(json)
}
