// The 34 event types of a sales CRM in groups, its envelope, and an endpoint that is paused after ten
// failures and resumed by its owner.
import assert from 'node:assert/strict'
import { story } from '../shared/story.ts'
import { until } from '../shared/until.ts'
import eventTypes from './event-types.json' with { type: 'json' }
import leadCreated from './lead-created.json' with { type: 'json' }
import { addHook, addSpace, happened, hearOfPauses, resume, setUp } from './webhooks.ts'

const { id_space: SPACE, secret, payload: LEAD } = leadCreated

const STORY = {
  title: 'Sales CRM: an envelope with a secret, paused after ten failures',
  about:
    'A CRM tells sales tools what happens in it. It never retries, and pauses who fails ten times in a row.',
}

await story(STORY, async (stage) => {
  const { bellwire, receiver, step, say, show } = stage
  const { client, url } = bellwire
  let isBroken = false
  const tool = await receiver('The sales tool', (request, response) => {
    const { secret: given } = JSON.parse(request.rawBody.toString())
    response.writeHead(given !== secret ? 401 : isBroken ? 500 : 200).end()
  })
  const crm = await receiver('The CRM')

  step('The CRM names its events')
  await setUp(client)
  await hearOfPauses(client, `${crm.url}/bellwire`)
  const groups = await listGroups()
  for (const [group, names] of Object.entries(groups)) say(`${group}: ${names.join(', ')}`)
  assert.deepEqual(groups, sorted(eventTypes))
  assert.equal(Object.values(groups).flat().length, 34)

  step('A lead is made: it arrives in the envelope of the CRM')
  const owner = await addSpace(client, url, SPACE)
  const wanted = ['lead.*', 'campaign.*', 'list.*', 'status.*', 'tag.*']
  await addHook(owner, SPACE, { uid: 'tool', url: `${tool.url}/crm`, eventTypes: wanted, secret })
  await happened(client, SPACE, 'lead.create', LEAD)
  const { body, status } = await tool.next()
  assert.equal(body, JSON.stringify(leadCreated))
  assert.equal(status, 200)

  step('The other 33 arrive too')
  const others = Object.values(eventTypes)
    .flat()
    .filter((name) => name !== 'lead.create')
  for (const name of others) await happened(client, SPACE, name, { id: name })
  await until('all 34 arrived', () => tool.received.length >= 34)
  assert.deepEqual(
    tool.received.map((request) => JSON.parse(request.body).event).sort(),
    ['lead.create', ...others].sort(),
  )
  say(`Each once: ${others.length} more, from ${others[0]} to ${others.at(-1)}.`)

  step('The sales tool breaks: ten failures in a row, nothing is retried, and it is paused')
  isBroken = true
  const missed: string[] = []
  for (let n = 1; n <= 10; n++) {
    missed.push((await happened(client, SPACE, 'lead.update', { ...LEAD, order: n })).id)
    await until('it failed', () => tool.received.length >= 34 + n)
  }
  show('The sales tool', tool.received[34]!)
  say('… and nine more like it.')
  const told = await crm.next()
  const { type, data } = JSON.parse(told.body)
  assert.deepEqual(
    [type, data.appUid, data.endpointUid, data.reason],
    ['endpoint.disabled', SPACE, 'tool', 'failures'],
  )
  missed.push((await happened(client, SPACE, 'lead.update', { ...LEAD, order: 11 })).id)
  const endpoint = await shown()
  assert.deepEqual([endpoint.disabled, endpoint.disabledReason], [true, 'failures'])
  assert.equal(tool.received.length, 34 + 10)
  say('The eleventh update was not tried. The CRM tells the owner of the endpoint.')

  step('The owner has repaired it, and resumes it with what it missed')
  isBroken = false
  const { tasks } = await resume(owner, SPACE, 'tool')
  for (const { id } of tasks) assert.equal((await client.waitForTask(id)).status, 'finished')
  await until('all eleven arrived', () => tool.received.length >= 34 + 10 + 11)
  const arrived = tool.received.slice(34 + 10)
  assert.deepEqual(arrived.map(({ headers }) => headers['webhook-id']).sort(), missed.sort())
  assert.ok(arrived.every((request) => request.status === 200))
  assert.equal((await shown()).disabled, false)
  show('The sales tool', arrived[0]!)
  say('… and ten more. All eleven have arrived now, and the endpoint is on again.')

  async function listGroups() {
    const found: Record<string, string[]> = {}
    for await (const { name, groupName } of client.list('/api/v1/event-type')) {
      found[groupName!] = [...(found[groupName!] ?? []), name]
    }
    return sorted(found)
  }

  async function shown() {
    return await owner.request('GET', '/api/v1/app/{app_id}/endpoint/{endpoint_id}', {
      params: { app_id: SPACE, endpoint_id: 'tool' },
    })
  }
})

function sorted(groups: Record<string, string[]>): Record<string, string[]> {
  const entries = Object.entries(groups).map(([group, names]) => [group, names.toSorted()] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
