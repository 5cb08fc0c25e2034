// Templates: ready-made shapes of requests, offered by name with a form of parameters.
import { z } from 'zod'
import { REDACTED } from '../domain/change.ts'
import { invalid } from '../domain/errors.ts'
import { newId } from '../domain/ids.ts'
import type { Parameters, Template } from '../domain/templates/template.ts'
import {
  applyTemplate,
  findTemplate,
  problemOfParameters,
  TEMPLATES,
} from '../domain/templates/templates.ts'
import { type ChosenTemplate, findTemplateOf, setTemplate } from '../store/shapes.ts'
import { noteEndpoint } from './endpoint-changes.ts'
import { eventTypeName } from './fields.ts'
import { route } from './route.ts'
import { onTheWire, wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/template'

const FieldOut = z.object({
  name: z.string(),
  title: z.string(),
  type: z.enum(['text', 'secret', 'choice', 'list']),
  required: z.boolean(),
  choices: z.array(z.string()).optional(),
  about: z.string(),
})

const parameters = () =>
  onTheWire(z.record(z.string(), z.unknown()), {
    type: 'object',
    additionalProperties: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    },
    examples: [{ source: 'https://example.com/crm' }],
  })

const ChosenOut = z
  .object({
    name: z.string().nullable(),
    parameters: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    /** Parameters that are set and never shown. */
    sensitive: z.array(z.string()),
  })
  .register(wireShapes, { id: 'EndpointTemplateOut' })

export const templateRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/template',
    access: 'application',
    operationId: 'bellwire.template.list',
    summary: 'List the templates, each with the form of its parameters',
    status: 200,
    output: z.object({
      data: z.array(
        z.object({
          name: z.string(),
          title: z.string(),
          about: z.string(),
          fields: z.array(FieldOut),
        }),
      ),
    }),
    async handle() {
      return {
        data: TEMPLATES.map(({ name, title, about, fields }) => ({
          ...{ name, title, about },
          fields: fields.map(({ choices, ...field }) => ({
            ...field,
            ...(choices && { choices: [...choices] }),
          })),
        })),
      }
    },
  }),

  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.endpoint.get-template',
    summary: 'Get the template of an endpoint; of secret parameters the names only',
    status: 200,
    output: ChosenOut,
    async handle({ endpoint }, { store, seal }) {
      return toOut(await findTemplateOf(store.db, seal, endpoint.id))
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'bellwire.endpoint.set-template',
    summary: 'Choose a template for an endpoint, with its parameters',
    body: z.object({ name: templateName(), parameters: parameters().optional() }),
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const chosen = read(body)
      const before = await findTemplateOf(deps.store.db, deps.seal, endpoint.id)
      await setTemplate(deps.store.db, deps.seal, endpoint.id, chosen)
      const change = { before: shown(before), after: shown(chosen) }
      const events = [{ type: 'endpoint.updated' as const }]
      await noteEndpoint(deps, { owner: application, endpoint, change, events })
    },
  }),

  route({
    method: 'DELETE',
    path: PATH,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'bellwire.endpoint.delete-template',
    summary: 'Send messages to an endpoint as they came',
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint }, deps) {
      const before = await findTemplateOf(deps.store.db, deps.seal, endpoint.id)
      await setTemplate(deps.store.db, deps.seal, endpoint.id, null)
      const change = { before: shown(before), after: shown(null) }
      const events = [{ type: 'endpoint.updated' as const }]
      await noteEndpoint(deps, { owner: application, endpoint, change, events })
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/preview`,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'bellwire.endpoint.preview-template',
    summary: 'Show the request that a template makes of a message; nothing is sent',
    body: z.object({
      name: templateName(),
      parameters: parameters().optional(),
      eventType: eventTypeName(),
      payload: z.record(z.string(), z.unknown()),
    }),
    records: { nothing: 'it only looks' },
    transaction: false,
    status: 200,
    output: z.object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    }),
    async handle({ endpoint, body }, { clock }) {
      const { name, parameters } = read(body)
      const shaped = applyTemplate(
        name,
        {
          ...{ messageId: newId('message'), at: clock(), eventType: body.eventType },
          url: endpoint.url,
          payload: Buffer.from(JSON.stringify(body.payload)),
        },
        parameters,
      )
      if (shaped.kind !== 'request') {
        const message = shaped.kind === 'failed' ? shaped.message : 'cancelled'
        throw invalid(['body', 'payload'], message)
      }
      const { method, url, headers, contentType } = shaped
      const type = contentType ?? 'application/json'
      return {
        ...{ method, url },
        headers: { ...headers, ...(shaped.body !== null && { 'content-type': type }) },
        body: shaped.body?.toString('utf8') ?? '',
      }
    },
  }),
]

function templateName() {
  return z.enum(TEMPLATES.map(({ name }) => name) as [string, ...string[]])
}

/** Throws 422 that names the parameter. */
function read(body: { name: string; parameters?: Record<string, unknown> | undefined }) {
  const template = findTemplate(body.name) as Template
  const given = body.parameters ?? {}
  const problem = problemOfParameters(template, given)
  if (problem !== null) throw invalid(['body', 'parameters', problem.name], problem.message)
  return { name: template.name, parameters: given as Parameters } satisfies ChosenTemplate
}

function toOut(chosen: ChosenTemplate | null): z.input<typeof ChosenOut> {
  if (chosen === null) return { name: null, parameters: {}, sensitive: [] }
  const secrets = secretsOf(chosen)
  const open = Object.entries(chosen.parameters).filter(([name]) => !secrets.includes(name))
  return { name: chosen.name, parameters: Object.fromEntries(open), sensitive: secrets }
}

const secretsOf = ({ name, parameters }: ChosenTemplate) =>
  (findTemplate(name)?.fields ?? [])
    .filter((field) => field.type === 'secret' && Object.hasOwn(parameters, field.name))
    .map((field) => field.name)

function shown(chosen: ChosenTemplate | null) {
  const { name, parameters, sensitive } = toOut(chosen)
  const hidden = Object.fromEntries(sensitive.map((secret) => [secret, REDACTED]))
  return { template: name, parameters: { ...parameters, ...hidden } }
}
