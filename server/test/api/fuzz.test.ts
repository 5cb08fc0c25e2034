// Requests that nobody would write, made from the document: none is our fault, none gets an answer that
// the document does not name, and each operation can be done with what the document says of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOpenApi } from '../../src/api/openapi.ts'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'
import { createMaker, createRandom, JUNK } from './generate.ts'
import { jsonOf, type OpenApi, type Operation, operationsOf } from './openapi-document.ts'
import { type Names, seedNames } from './requests.ts'

/** A failure names its seed and round. */
const SEED = 20_261_121
/**
 * Chance does not hit a window of time around now, a type with an example, another kind of token, an
 * OpenAPI document, or what has a language of its own.
 */
const OUT_OF_REACH = [
  ...['/recover', '/replay-missing', '/bulk-replay', '/cancel-msgs', '/stats/usage/app'],
  ...[
    '/send-example',
    '/auth/logout',
    '/import/openapi',
    '/import/catalog',
    '/segment/{segment_name}',
  ],
  // Of a challenge there is only one.
  '/verification/answer',
  // A provider, its secrets and its scheme go together.
  ...['/capture/{capture_id}/verify', '/capture/{capture_id}/replay'],
  ...['POST /api/v1/source', '/source/{source_id}'],
  // An API key must name their application.
  ...['/hooks', '/hooks/{hook_id}', '/hooks/events'],
  ...['/hooks/events/{event_type_name}/sample', '/hooks/events/{event_type_name}/fields'],
]

const ROUNDS = 24

const document: OpenApi = JSON.parse(JSON.stringify(toOpenApi(routes)))
const api = await startApi()

/** `junk` is how likely each value is to be replaced by one that may not stand there. */
function toRequest(
  name: string,
  operation: Operation,
  { names, random, junk }: { names: Names; random: () => number; junk: number },
) {
  const { make, pick } = createMaker({ document, random, junk })
  const [method, template] = name.split(' ') as [string, string]
  const path = template.replace(/\{(\w+)\}/g, (_, parameter: string) => {
    if (random() >= junk / 2) return names[parameter] ?? 'unknown'
    return encodeURIComponent(toText(pick(JUNK)).toWellFormed().slice(0, 200)) || 'x'
  })
  const query = new URLSearchParams()
  for (const parameter of operation.parameters ?? []) {
    // Nothing comes to wait for.
    const isLeftOut = ['iterator', 'timeout'].includes(parameter.name)
    const isWanted = parameter.in === 'query' && !isLeftOut && random() < 0.3
    if (isWanted) query.append(parameter.name, toText(make(parameter.schema)))
    if (parameter.name === 'iterator' && random() < junk)
      query.append('iterator', toText(pick(JUNK)))
  }
  const schema = jsonOf(operation.requestBody)
  const body = schema && JSON.stringify(make(schema))
  const cut = body !== undefined && random() < junk / 4 ? body.slice(0, -1) : body
  return { method, path: `${path}?${query}`, ...(cut !== undefined && { body: cut }) }
}

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

for (const [index, [name, operation]] of Object.entries(operationsOf(document)).entries()) {
  test(`${name} answers whatever it is asked with what the document names`, async () => {
    const random = createRandom(SEED + index)
    // What other tests have set may refuse messages.
    const reset = { method: 'PUT', path: 'management/environment-settings', body: {} }
    assert.equal((await api.call(reset)).status, 200)
    let names = await seedNames(api)
    // An environment has so many bins and templates and no more.
    const makeRoom = async () => {
      await api.delete(`bin/${names['bin_id']}`)
      await api.delete(`template/${names['template_name']}`)
    }
    let successes = 0
    const isReachable = !OUT_OF_REACH.some((path) => name.endsWith(path))
    // Each operation has the luck of its place in the table: one without any gets more rounds.
    const isDone = (round: number) =>
      round >= ROUNDS && (successes > 0 || !isReachable || round >= 5 * ROUNDS)
    for (let round = 0; !isDone(round); round++) {
      const junk = round % 4 === 0 || round >= ROUNDS ? 0 : 0.25
      const request = toRequest(name, operation, { names, random, junk })
      const { status, text } = await api.call(request)
      const at = `round ${round} of seed ${SEED + index}: ${JSON.stringify(request)} ${text}`
      assert.ok(status < 500, at)
      // Junk may lead to another path, or to none.
      if (junk === 0) assert.ok(String(status) in operation.responses, `${status} of ${at}`)
      if (status < 300) successes++
      if (name.startsWith('DELETE') && status < 300) {
        await makeRoom()
        names = await seedNames(api)
      }
    }
    await makeRoom()
    if (isReachable) assert.ok(successes > 0, 'it never succeeded')
  })
}
