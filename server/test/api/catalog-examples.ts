// Event types with everything that schemas can hold, for tests of documents.
export const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'

const Address = { type: 'object', required: ['city'], properties: { city: { type: 'string' } } }

/** As `EventTypeIn`, schemas as text so that numbers keep their spelling. */
export const EVENT_TYPES = [
  {
    name: 'order.paid',
    description: 'An order was paid',
    groupName: 'orders',
    schemas: {
      1: {
        type: 'object',
        required: ['id', 'to', 'status'],
        properties: {
          id: { type: 'integer', description: 'Ours' },
          to: { $ref: '#/definitions/Address' },
          also: { type: 'array', items: { $ref: '#/definitions/Address' } },
          status: { enum: ['paid', 'over|paid'] },
          note: { type: ['string', 'null'], deprecated: true },
          'not a word': { anyOf: [{ type: 'string', format: 'uri' }, { type: 'boolean' }] },
          lines: { items: [{ type: 'string' }, { type: 'number' }], additionalItems: false },
          parent: { $ref: '#' },
        },
        additionalProperties: false,
        definitions: { Address },
        examples: [{ id: 1, to: { city: 'Göteborg', $ref: '#/nowhere' }, status: 'paid' }],
      },
    },
  },
  {
    name: 'order.refunded',
    description: 'order.refunded',
    deprecated: true,
    featureFlags: ['beta', 'other'],
    schemas: {
      1: { type: 'object' },
      2: { $ref: '#/definitions/A', definitions: { A: { properties: { a: { $ref: '#' } } } } },
      10: { title: 'newest', $ref: '#/definitions/A', definitions: { A: { required: ['b'] } } },
    },
  },
  {
    name: 'tree.grown',
    description: 'Two lines\nof *text*, `code` | and <b>tags</b> */',
    schemas: {
      1: {
        $schema: DRAFT_2020,
        type: 'object',
        properties: {
          left: { $ref: '#/$defs/Node' },
          pair: { prefixItems: [{ type: 'string' }], minItems: 1, items: false },
        },
        $defs: {
          Node: {
            type: 'object',
            properties: { left: { $ref: '#/$defs/Node' }, value: { const: 1 } },
            unevaluatedProperties: false,
          },
        },
      },
    },
  },
  {
    name: 'named.schema',
    description: 'Its schema has a name, and one of its parts too',
    schemas: {
      1: {
        $id: 'https://example.com/named.json',
        properties: { a: { $ref: '#/definitions/A' }, b: { $ref: '#part' } },
        definitions: { A: { type: 'string' }, B: { $id: '#part', type: 'number' } },
      },
    },
  },
  {
    name: 'named.part',
    description: 'Only a part has a name',
    schemas: {
      1: {
        properties: { b: { $ref: '#piece' }, c: { $ref: '#/definitions/B' } },
        definitions: { B: { $id: '#piece', type: 'number' } },
      },
    },
  },
  {
    name: 'all.of',
    description: 'Parts',
    schemas: {
      1: {
        allOf: [{ $ref: '#/definitions/Base' }, { properties: { own: { type: 'null' } } }],
        definitions: { Base: { type: 'object', properties: { base: { type: 'boolean' } } } },
        patternProperties: { '^x-': { type: 'string' } },
      },
    },
  },
  { name: 'no.schema', description: '' },
  { name: 'any-thing_1', description: 'Anything', schemas: { 1: {} } },
  { name: '404', description: 'A name that is a number', schemas: { 1: { type: 'string' } } },
  { name: 'record', description: 'A name that TypeScript has', schemas: { 1: { type: 'array' } } },
]

/** JavaScript would spell these in another way. */
export const EXACT =
  '{"name":"exact","description":"","schemas": { "1": {"properties":{"n":{"multipleOf":1.0,"maximum":12345678901234567890,"enum":[1.50,2]}}} }}'
