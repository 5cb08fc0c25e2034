// Templates: ready-made shapes of requests, offered by name with a form of parameters. Some are built in,
// operators add their own, as code.
import { z } from 'zod'
import { notFound } from '../domain/errors.ts'
import { withDefaults } from '../domain/templates/parameters.ts'
import { findTemplate as findBuiltIn, TEMPLATES } from '../domain/templates/templates.ts'
import {
  countEndpointsUsing,
  findTemplate,
  listTemplates,
  listTemplateVersions,
} from '../store/templates.ts'
import { Answer } from './answer.ts'
import { time } from './fields.ts'
import { route } from './route.ts'
import { code, SimulatedOut, simulate, tried } from './simulate.ts'
import {
  FormIn,
  parameters,
  readForm,
  readParameters,
  TemplateIn,
  TemplateListed,
  TemplateOut,
  toFields,
  toListed,
  toOut,
} from './template-shape.ts'
import { put, remove, rollBack } from './template-writes.ts'

const PATH = '/api/v1/template'
const ONE = '/api/v1/template/:template_name'
/** Where a template leads is the endpoint's; what is tried without one leads here. */
const EXAMPLE_URL = 'https://example.com/webhook'

export const templateRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.template.list',
    summary: 'List the templates, each with the form of its parameters',
    status: 200,
    output: z.object({ data: z.array(TemplateListed) }),
    async handle({ caller }, { store }) {
      const own = await listTemplates(store.db, caller.environmentId)
      const names = new Set(own.map(({ name }) => name))
      const builtIn = TEMPLATES.filter(({ name }) => !names.has(name))
      return {
        data: [
          ...builtIn.map((template) => toListed(template, { builtIn: true })),
          ...own.map((template) => toListed(template, { builtIn: false })),
        ],
      }
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.template.get',
    summary: 'Get a template, with its code when an operator added it',
    status: 200,
    output: TemplateOut,
    async handle({ caller, params }, { store }) {
      const name = params['template_name']!
      const own = await findTemplate(store.db, caller.environmentId, name)
      if (own !== null) return toOut(own, await countEndpointsUsing(store.db, own.id))
      const builtIn = findBuiltIn(name)
      if (builtIn === undefined) throw notFound()
      const nothing = {
        code: null,
        version: null,
        endpoints: null,
        createdAt: null,
        updatedAt: null,
      }
      return { ...toListed(builtIn, { builtIn: true }), ...nothing }
    },
  }),

  route({
    method: 'PUT',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.template.upsert',
    summary: 'Add a template, or change one for all endpoints that use it; the path is its name',
    body: TemplateIn,
    status: 200,
    alsoStatus: 201,
    output: TemplateOut,
    records: 'template',
    async handle({ caller: { environmentId }, params, body }, deps) {
      const fields = toFields(params['template_name']!, body)
      const loc = ['path', 'template_name']
      const { template, isNew } = await put(deps, { environmentId, fields, loc })
      const endpoints = await countEndpointsUsing(deps.store.db, template.id)
      return new Answer(isNew ? 201 : 200, toOut(template, endpoints))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.template.delete',
    summary: 'Delete a template that no endpoint uses',
    status: 204,
    records: 'template',
    async handle({ caller: { environmentId }, params }, deps) {
      await remove(deps, { environmentId, name: params['template_name']! })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/version`,
    access: 'environment',
    operationId: 'bellwire.template.list-versions',
    summary: 'List the versions of a template that are kept, newest first',
    status: 200,
    output: z.object({
      data: z.array(
        TemplateOut.pick({ fields: true }).extend({
          version: z.number(),
          code: z.string(),
          current: z.boolean(),
          createdAt: time(),
        }),
      ),
    }),
    async handle({ caller, params }, { store }) {
      const own = await findTemplate(store.db, caller.environmentId, params['template_name']!)
      if (own === null) throw notFound()
      const versions = await listTemplateVersions(store.db, own.id)
      return {
        data: versions.map(({ createdAt, ...version }) => ({
          ...version,
          current: version.version === own.version,
          createdAt: createdAt.toISOString(),
        })),
      }
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/rollback`,
    access: 'environment',
    operationId: 'bellwire.template.roll-back',
    summary: 'Use a version of a template again, for all endpoints that use it',
    body: z.object({ version: z.number().int().min(1).max(2_147_483_647) }),
    status: 204,
    records: 'template',
    async handle({ caller: { environmentId }, params, body }, deps) {
      await rollBack(deps, { environmentId, name: params['template_name']!, ...body })
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/simulate`,
    access: 'environment',
    operationId: 'bellwire.template.simulate',
    summary:
      'Run the code of a template on a message and show the request; nothing is sent or kept',
    body: z.object({
      code: code(),
      fields: FormIn.optional(),
      parameters: parameters().optional(),
      url: z.string().max(65_536).optional(),
      ...tried,
    }),
    records: { nothing: 'it only looks' },
    transaction: false,
    status: 200,
    output: SimulatedOut,
    async handle({ body }, deps) {
      const form = readForm(body.fields)
      const params = withDefaults(form, readParameters(form, body.parameters))
      return simulate(deps, body, { code: body.code, params, url: body.url ?? EXAMPLE_URL })
    },
  }),
]
