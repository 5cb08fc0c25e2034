// `bellwire catalog`: a catalogue in a repository, against a real server.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { bellwire } from '../process.ts'

const root = await mkdtemp(join(tmpdir(), 'bellwire-catalog-'))
after(() => rm(root, { recursive: true, force: true }))
const server = await startBellwire()
const env = { BELLWIRE_URL: server.url, BELLWIRE_API_KEY: server.token }
const catalog = (...args: string[]) => bellwire(['catalog', ...args], env)

/** Files by name; returns how a path in it is given to a command. */
async function folderOf(name: string, files: Record<string, string | object>) {
  for (const [file, content] of Object.entries(files)) {
    const path = join(root, name, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return (file = '') => join(root, name, file)
}

const CATALOG = `
eventTypes:
  order.paid:
    description: An order was paid
    schema: { $ref: ./schemas/order.json }
  order.open:
    description: An order came
    schema: { $ref: './schemas/order.json#/definitions/Line' }
`
const ORDER = {
  $id: 'https://example.com/order.json',
  type: 'object',
  properties: {
    id: { type: 'integer' },
    lines: { items: { $ref: '#/definitions/Line' } },
    to: { $ref: 'parts/address.yaml#/definitions/Address' },
  },
  definitions: { Line: { type: 'object', properties: { sku: { type: 'string' } } } },
}
const ADDRESS = 'definitions: { Address: { properties: { lives: { $ref: "../order.json" } } } }'

test('a file and those beside it are compared, applied once, and then there is nothing to do', async () => {
  const path = await folderOf('repository', {
    'catalog.yaml': CATALOG,
    'schemas/order.json': ORDER,
    'schemas/parts/address.yaml': ADDRESS,
  })
  const tried = await catalog('apply', path('catalog.yaml'), '--dry-run')
  assert.deepEqual([tried.code, tried.stdout], [0, '+ order.paid\n+ order.open\n'])
  assert.match(tried.stderr, /2 added\nNothing was changed: this was a dry run\./)
  assert.equal((await server.call('GET', '/event-type/order.paid')).status, 404)
  const applied = await catalog('apply', path())
  assert.deepEqual([applied.code, applied.stdout], [0, '+ order.paid\n+ order.open\n'])
  const kept = await server.call('GET', '/event-type/order.paid')
  assert.deepEqual(kept.body['schemas'], {
    1: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        lines: { items: { $ref: '#/definitions/Line' } },
        to: { $ref: '#/definitions/Address' },
      },
      definitions: { ...ORDER.definitions, Address: { properties: { lives: { $ref: '#' } } } },
    },
  })
  const again = await catalog('diff', path('catalog.yaml'))
  assert.deepEqual([again.code, again.stdout], [0, ''])
  assert.match(again.stderr, /^Nothing to change: 2 unchanged\n$/)
})

test('lint names what breaks whom, against the server and between two files', async () => {
  const files = { 'catalog.yaml': CATALOG, 'schemas/parts/address.yaml': ADDRESS }
  const before = await folderOf('before', { ...files, 'schemas/order.json': ORDER })
  const { id: _, ...properties } = ORDER.properties
  const order = { ...ORDER, required: ['to'], properties: { ...properties, note: {} } }
  const path = await folderOf('breaking', { ...files, 'schemas/order.json': order })
  const expected = [
    '~ order.paid',
    '  ! id: was removed (breaks receivers)',
    '  ! to: is required from now on (breaks senders)',
  ]
  const linted = await catalog('lint', path('catalog.yaml'))
  assert.equal(linted.code, 1, linted.stderr)
  assert.deepEqual(linted.stdout.split('\n').slice(0, 3), expected)
  assert.match(linted.stderr, /^\d breaking changes\n$/)
  // Without a server, as in continuous integration.
  const alone = await bellwire(['catalog', 'lint', before('catalog.yaml'), path()])
  assert.deepEqual([alone.code, alone.stdout], [1, linted.stdout])
  const forSenders = ['catalog', 'lint', before(), path(), '--for', 'senders']
  const senders = await bellwire(forSenders)
  assert.deepEqual([senders.code, /was removed/.test(senders.stdout)], [1, false])
  const back = await bellwire(['catalog', 'lint', path(), path()])
  assert.deepEqual([back.code, back.stdout, back.stderr], [0, '', 'No breaking changes\n'])
  const told = JSON.parse((await catalog('diff', path(), '--json')).stdout)
  assert.deepEqual([told.breaking, told.dryRun, told.changed.length], [true, true, 1])
})

test('a folder of JSON Schemas is a catalogue; --prune archives what is not in it', async () => {
  const path = await folderOf('schemas', {
    'lead.create.schema.json': { title: 'A lead', $ref: 'common/lead.json' },
    'lead.gone.yaml': 'description: A lead went',
    'common/lead.json': { properties: { name: { type: 'string' } } },
    '.hidden.json': 'no JSON',
  })
  const { code, stdout, stderr } = await catalog('apply', path(), '--prune')
  assert.equal(code, 0, stderr)
  assert.deepEqual(stdout.trim().split('\n').slice(0, 2), ['+ lead.create', '+ lead.gone'])
  assert.match(stdout, /^- order\.paid: .*\(breaks receivers\)$/m)
  assert.equal((await server.call('GET', '/event-type/order.paid')).body['archived'], true)
  const gone = await server.call('GET', '/event-type/lead.gone')
  assert.equal(gone.body['description'], 'A lead went')
})

for (const format of ['catalog', 'openapi', 'asyncapi']) {
  test(`what is exported as ${format} to a file changes nothing when it is applied`, async () => {
    const extension = format === 'catalog' ? 'yaml' : 'json'
    const file = join(root, `exported.${format}.${extension}`)
    const done = await catalog('export', '--format', format, '--out', file)
    assert.deepEqual([done.code, done.stdout], [0, ''])
    assert.ok((await readFile(file, 'utf8')).includes('lead.create'))
    const applied = await catalog('apply', file, '--prune')
    assert.deepEqual([applied.code, applied.stdout], [0, ''], applied.stderr)
    assert.match(applied.stderr, /Nothing to change: 2 unchanged/)
  })
}

test('types and the page are printed', async () => {
  const types = await catalog('export', '--format', 'typescript')
  assert.match(types.stdout, /"lead\.create": LeadCreate\n/)
  const page = await catalog('export', '--format', 'markdown')
  assert.match(page.stdout, /^# Webhook events\n/)
  const json = JSON.parse((await catalog('export', '--json')).stdout)
  assert.deepEqual([json.format, json.eventTypes], ['catalog', 2])
})

test('what cannot be applied is said with file and place, and nothing is applied', async () => {
  const wrong = (schema: object) => ({ eventTypes: { fine: {}, wrong: { schema } } })
  const path = await folderOf('wrong', {
    'none.yaml': wrong({ type: 'strin' }),
    'url.yaml': wrong({ $ref: 'https://example.com/a.json' }),
    'out.yaml': wrong({ $ref: '../repository/catalog.yaml' }),
    'missing.yaml': wrong({ $ref: './nothing.json' }),
    'text.yaml': 'a: [',
    'field.yaml': 'eventTypes: { wrong: { descripton: x } }',
    'empty/readme.txt': '',
  })
  const cases: [file: string, says: RegExp, code: number][] = [
    ['none.yaml', /none\.yaml: eventTypes\.wrong\.schema\.type: not valid JSON Schema/, 1],
    ['url.yaml', /url\.yaml: eventTypes\.wrong\.schema\.\$ref: .*not fetched/, 1],
    ['out.yaml', /out\.yaml: \$ref "\.\.\/repository\/catalog\.yaml" leads out of/, 2],
    ['missing.yaml', /missing\.yaml: \$ref "\.\/nothing\.json": there is no file/, 2],
    ['text.yaml', /text\.yaml: cannot be read as JSON or YAML/, 1],
    ['field.yaml', /field\.yaml: eventTypes\.wrong\.descripton: unknown: expected one of/, 1],
    ['empty', /empty has neither catalog\.yaml nor JSON Schemas/, 2],
    ['nowhere.yaml', /nowhere\.yaml cannot be read/, 2],
  ]
  for (const [file, says, code] of cases) {
    const done = await catalog('apply', path(file))
    assert.deepEqual([done.code, done.stdout], [code, ''], done.stderr)
    assert.match(done.stderr, says)
  }
  assert.equal((await server.call('GET', '/event-type/fine')).status, 404)
  const refused = await bellwire(['catalog', 'diff', path('field.yaml')], {
    ...{ BELLWIRE_URL: server.url, BELLWIRE_API_KEY: 'wrong' },
  })
  assert.equal(refused.code, 3)
})
