// The template of an endpoint: chosen by name, with its parameters filled in.
import { z } from 'zod'
import { REDACTED } from '../domain/change.ts'
import { invalid } from '../domain/errors.ts'
import { withDefaults } from '../domain/templates/parameters.ts'
import { applyTemplate, findTemplate } from '../domain/templates/templates.ts'
import { type ChosenTemplate, findTemplateOf, setTemplate } from '../store/shapes.ts'
import { noteEndpoint } from './endpoint-changes.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import { inputOf, simulate, tried } from './simulate.ts'
import { parameters, readParameters, templateNamed } from './template-shape.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/template'

const ChosenOut = z
  .object({
    name: z.string().nullable(),
    parameters: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    /** Parameters that are set and never shown. */
    sensitive: z.array(z.string()),
  })
  .register(wireShapes, { id: 'EndpointTemplateOut' })

export const endpointTemplateRoutes = [
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
      const { environmentId } = application
      const wanted = { name: body.name, hold: true }
      const found = await templateNamed(deps.store.db, environmentId, wanted)
      const { fields } = found.own ?? found.builtIn
      const filled = readParameters(fields, body.parameters)
      const chosen = { name: body.name, own: found.own, parameters: filled }
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
    body: z.object({ name: templateName(), parameters: parameters().optional(), ...tried }),
    records: { nothing: 'it only looks' },
    transaction: false,
    status: 200,
    output: z.object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      /** Nothing would be sent. */
      cancel: z.boolean(),
    }),
    async handle({ application, endpoint: { url }, body }, deps) {
      const { name } = body
      const found = await templateNamed(deps.store.db, application.environmentId, { name })
      if (found.own !== null) {
        const { fields, code } = found.own
        const params = withDefaults(fields, readParameters(fields, body.parameters))
        const loc = ['body', 'name']
        const { payload, console, ...made } = await simulate(deps, body, { code, params, url, loc })
        const method = made.method ?? 'POST'
        const type = method === 'GET' || made.cancel ? {} : { 'content-type': 'application/json' }
        return { ...made, method, body: payload, headers: { ...type, ...made.headers } }
      }
      const filled = readParameters(found.builtIn.fields, body.parameters)
      const { input } = inputOf(body, { url, clock: deps.clock })
      const shaped = applyTemplate(name, input, filled)
      if (shaped.kind !== 'request') {
        const message = shaped.kind === 'failed' ? shaped.message : 'cancelled'
        throw invalid(['body', 'payload'], message)
      }
      const type = shaped.contentType ?? 'application/json'
      return {
        ...{ method: shaped.method, url: shaped.url, cancel: false },
        headers: { ...shaped.headers, ...(shaped.body !== null && { 'content-type': type }) },
        body: shaped.body?.toString('utf8') ?? '',
      }
    },
  }),
]

function templateName() {
  return z
    .string()
    .min(1)
    .max(256)
    .meta({ examples: ['plain', 'cloudevents-structured'] })
}

function toOut(chosen: ChosenTemplate | null): z.input<typeof ChosenOut> {
  if (chosen === null) return { name: null, parameters: {}, sensitive: [] }
  const { name, parameters } = chosen
  const open: ChosenTemplate['parameters'] = {}
  const sensitive: string[] = []
  // What the form does not name is not shown: nobody knows whether it is secret.
  for (const field of chosen.own?.fields ?? findTemplate(name)?.fields ?? []) {
    if (!Object.hasOwn(parameters, field.name)) continue
    if (field.type === 'secret') sensitive.push(field.name)
    else open[field.name] = parameters[field.name]!
  }
  return { name, parameters: open, sensitive }
}

function shown(chosen: ChosenTemplate | null) {
  const { name, parameters, sensitive } = toOut(chosen)
  const hidden = Object.fromEntries(sensitive.map((secret) => [secret, REDACTED]))
  return { template: name, parameters: { ...parameters, ...hidden } }
}
