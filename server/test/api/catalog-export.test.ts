// Event types as documents: real validators take them, and read back they change nothing.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { startApi } from './api.ts'
import { EVENT_TYPES, EXACT } from './catalog-examples.ts'

const require = createRequire(import.meta.url)
const asyncApiSchema = JSON.parse(
  await readFile(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8'),
)

const api = await startApi()
const EMPTY = { name: 'empty', description: '', groupName: '', featureFlags: [], schemas: {} }
for (const eventType of [...EVENT_TYPES, EXACT, EMPTY]) {
  const { status, text } = await api.post('event-type', eventType)
  assert.equal(status, 201, text)
}
await api.post('event-type', { name: 'gone', description: '', archived: true })
const ALL = EVENT_TYPES.length + 2

const exported = async (format: string) => {
  const { status, body, text } = await api.get(`event-type/export/catalog?format=${format}`)
  assert.equal(status, 200, text)
  assert.deepEqual([body['format'], body['eventTypes']], [format, ALL])
  return String(body['content'])
}
const imported = async (body: string | object) => {
  const { status, body: answer, text } = await api.post('event-type/import/catalog', body)
  assert.equal(status, 200, text)
  return answer as unknown as {
    format: string
    added: string[]
    changed: { name: string; changes: { message: string }[] }[]
    unchanged: string[]
    archived: string[]
  }
}

for (const format of ['openapi', 'asyncapi', 'catalog']) {
  test(`what is exported as ${format} changes nothing when it is imported`, async () => {
    const content = await exported(format)
    const asText = { specRaw: content, dryRun: true, archiveOthers: true }
    const found = await imported(asText)
    const { changed, unchanged, added, archived } = found
    // YAML has but one way to write a number.
    const exact = format === 'catalog' ? ['exact'] : []
    assert.deepEqual(
      changed.filter(({ name }) => !exact.includes(name)),
      [],
    )
    assert.deepEqual([added, archived, found.format], [[], [], format])
    assert.equal(unchanged.length, ALL - changed.length)
    if (format === 'catalog') return
    const asJson = `{"spec":${content},"archiveOthers":true}`
    const before = await rows()
    assert.deepEqual((await imported(asJson)).changed, [])
    assert.deepEqual(await rows(), before, 'also when it is not a dry run')
  })

  test(`what is exported as ${format} makes the same elsewhere`, async () => {
    const { token } = await api.otherEnvironment()
    const body = { specRaw: await exported(format) }
    const path = 'event-type/import/catalog'
    const made = await api.call({ method: 'POST', path, body, token })
    assert.equal(made.status, 200, made.text)
    assert.equal((made.body['added'] as string[]).length, ALL)
    const list = 'event-type?limit=50&with_content=true'
    const there = await api.call({ method: 'GET', path: list, token })
    const here = await api.get(list)
    const told = ({ data }: typeof here.body) =>
      data
        .map(({ createdAt: _, updatedAt: __, ...fields }) => fields)
        .filter(({ name }) => name !== 'empty' && (format !== 'catalog' || name !== 'exact'))
    assert.deepEqual(told(there.body), told(here.body))
  })
}

const rows = async () =>
  (await api.store.pool.query('select name, updated_at, schemas::text from event_type')).rows

test('the OpenAPI document is one, says a validator', async () => {
  const { 'x-bellwire-schemas': _, ...document } = JSON.parse(await exported('openapi'))
  // It knows no `$id`, no `$ref` beside other keywords, and takes examples for schemas: the test of
  // pointers below does.
  const { schemas } = document.components
  for (const name of ['named.schema', 'named.part', 'order.refunded']) schemas[name] = {}
  delete schemas['order.paid'].examples
  const validator = new Validator()
  const { valid, errors } = await validator.validate(document)
  assert.equal(valid, true, JSON.stringify(errors))
  assert.equal(validator.version, '3.1')
  assert.equal(Object.keys(document.webhooks).length, ALL)
  document.webhooks['order.paid'].post.parameters[0].in = 'heading'
  assert.equal((await new Validator().validate(document)).valid, false, 'it would see a mistake')
})

test('the AsyncAPI document is one, says the schema of such documents', async () => {
  const ajv = new Ajv({ strict: false, logger: false, meta: false, validateSchema: false })
  const validate = formats.default(ajv).compile(asyncApiSchema)
  const document = JSON.parse(await exported('asyncapi'))
  assert.equal(validate(document), true, JSON.stringify(validate.errors))
  document.operations.send.action = 'shout'
  assert.equal(validate(document), false, 'it would see a mistake')
})

for (const format of ['openapi', 'asyncapi']) {
  test(`every pointer of the ${format} document leads somewhere`, async () => {
    const document = JSON.parse(await exported(format))
    let count = 0
    const visit = (value: unknown, root: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      const { $id, $ref, ...rest } = value as Record<string, unknown>
      const own = typeof $id === 'string' && !$id.startsWith('#') ? value : root
      if (typeof $ref === 'string' && $ref.startsWith('#/')) {
        count++
        const steps = decodeURIComponent($ref).split('/').slice(1)
        const step = (found: unknown, name: string) =>
          (found as Record<string, unknown> | undefined)?.[
            name.replaceAll('~1', '/').replaceAll('~0', '~')
          ]
        assert.ok(steps.reduce(step, own) !== undefined, $ref)
      }
      for (const [name, member] of Object.entries(rest)) {
        if (name !== 'examples') visit(member, own)
      }
    }
    visit(document, document)
    assert.ok(count > 20)
  })
}

test('numbers are in documents as they were written', async () => {
  for (const format of ['openapi', 'asyncapi']) {
    const text = await exported(format)
    assert.match(text, /"multipleOf": 1\.0,\s+"maximum": 12345678901234567890/)
  }
  assert.match(await exported('catalog'), /maximum: 12345678901234567890\n/)
})

test('a catalogue file is YAML that says no more than there is', async () => {
  const { eventTypes } = parse(await exported('catalog'))
  assert.deepEqual(eventTypes['no.schema'], { description: '' })
  assert.deepEqual(eventTypes['order.paid'], {
    description: 'An order was paid',
    group: 'orders',
    schema: EVENT_TYPES[0]!.schemas![1],
  })
  assert.deepEqual(Object.keys(eventTypes['order.refunded'].schemas), ['1', '2', '10'])
})

test('the page names every event, its fields and an example, and brings no HTML', async () => {
  const page = await exported('markdown')
  for (const { name } of EVENT_TYPES) assert.match(page, new RegExp(`^### ${name}$`, 'm'))
  assert.match(page, /^## orders$/m)
  assert.match(page, /^\| `to\.city` \| string \| required \| {2}\|$/m)
  assert.match(page, /^\| `also\[\]\.city` \| string \| required \|/m)
  assert.match(page, /^\| `status` \| `"paid"`, `"over\\\|paid"` \| required \|/m)
  assert.match(page, /"city": "Göteborg"/)
  assert.doesNotMatch(page, /<b>/)
  // Each cell stands in its column.
  for (const line of page.split('\n').filter((line) => line.startsWith('| `'))) {
    assert.equal(line.replaceAll('\\|', '').split('|').length, 6, line)
  }
})

test('a format that there is not, and a key that may not, are refused', async () => {
  assert.equal((await api.get('event-type/export/catalog?format=pdf')).status, 400)
  const app = (await api.post('app', { name: 'app' })).body.id
  const token = await api.tokenOf(app)
  const path = 'event-type/export/catalog'
  assert.equal((await api.call({ method: 'GET', path, token })).status, 403)
})
