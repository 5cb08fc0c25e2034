// How an endpoint is spoken to: the certificate we show, the authorities we believe, the version of HTTP.
import { z } from 'zod'
import { REDACTED } from '../domain/change.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { invalid } from '../domain/errors.ts'
import {
  checkTransport,
  factsOf,
  HTTP_VERSIONS,
  needsTls,
  PLAIN_TRANSPORT,
  type Transport,
} from '../domain/transport.ts'
import { changeTransport, findTransport } from '../store/transports.ts'
import { defined } from './applications.ts'
import { noteEndpoint, type Owner } from './endpoint-changes.ts'
import { time } from './fields.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/transport'
const MAX_PEM = 65_536

const pem = (about: string) =>
  z
    .string()
    .max(MAX_PEM)
    .nullish()
    .meta({ description: `PEM: ${about}` })

const TransportIn = z
  .object({
    httpVersion: z
      .enum(HTTP_VERSIONS)
      .optional()
      .meta({ description: '`auto` is HTTP/2 where the receiver offers it; 1.1 when not given' }),
    certificate: pem('the client certificate, then those that issued it'),
    privateKey: pem('the key of the client certificate; it is never shown again'),
    trustedCertificates: pem('authorities to trust, or the certificate of the receiver itself'),
    trustSystem: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the public authorities are trusted besides' }),
  })
  .register(wireShapes, { id: 'EndpointTransportIn' })

const CertificateOut = z
  .object({
    subject: z.string(),
    issuer: z.string(),
    serialNumber: z.string(),
    validFrom: time(),
    validTo: time(),
    /** SHA-256. */
    fingerprint: z.string(),
  })
  .register(wireShapes, { id: 'CertificateOut' })

const TransportOut = z
  .object({
    httpVersion: z.enum(HTTP_VERSIONS),
    /** The client certificate first, then those that issued it. */
    certificates: z.array(CertificateOut),
    trustedCertificates: z.array(CertificateOut),
    trustSystem: z.boolean(),
  })
  .register(wireShapes, { id: 'EndpointTransportOut' })

export const endpointTransportRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.endpoint.get-transport',
    summary: 'Get how an endpoint is spoken to; of the private key nothing',
    status: 200,
    output: TransportOut,
    async handle({ endpoint }, { store, seal }) {
      return toOut(await findTransport(store.db, seal, endpoint.id))
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.set-transport',
    summary: 'Set how an endpoint is spoken to; what is absent returns to its default',
    body: TransportIn,
    status: 200,
    output: TransportOut,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const given = { ...PLAIN_TRANSPORT, ...defined(body) } as Transport
      return toOut(await write(deps, { owner: application, endpoint, change: () => given }))
    },
  }),

  route({
    method: 'PATCH',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.patch-transport',
    summary: 'Change some of how an endpoint is spoken to; null takes a certificate away',
    body: TransportIn,
    bodyOptional: true,
    status: 200,
    output: TransportOut,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      // A key without its certificate is of no use.
      const gone = body.certificate === null ? { privateKey: null } : {}
      const change = (present: Transport) =>
        ({ ...present, ...gone, ...defined(body) }) as Transport
      return toOut(await write(deps, { owner: application, endpoint, change }))
    },
  }),

  route({
    method: 'DELETE',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.delete-transport',
    summary: 'Speak to an endpoint as to any other; its certificates and key are erased',
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint }, deps) {
      await write(deps, { owner: application, endpoint, change: () => null })
    },
  }),
]

/** Throws 422 for a plain http URL of an endpoint that has certificates. */
export async function assertUrlFits(
  url: string,
  { id }: Endpoint,
  { store, seal }: Pick<HandlerDeps, 'store' | 'seal'>,
) {
  if (url.startsWith('https:')) return
  const transport = await findTransport(store.db, seal, id)
  if (transport === null || !needsTls(transport)) return
  throw invalid(
    ['body', 'url'],
    'expected an https:// URL: the transport of this endpoint needs it',
  )
}

type Write = {
  owner: Owner
  endpoint: Endpoint
  change(present: Transport): Transport | null
}

async function write(deps: HandlerDeps, { owner, endpoint, change }: Write) {
  const { store, seal } = deps
  const { before, after } = await changeTransport(store.db, seal, endpoint.id, (present) => {
    const given = change(present ?? PLAIN_TRANSPORT)
    return given && checked(given, endpoint, deps)
  })
  const isOtherKey = after?.privateKey && after.privateKey !== before?.privateKey
  await noteEndpoint(deps, {
    owner,
    endpoint,
    change: {
      before: shown(before),
      after: shown(after),
      ...(isOtherKey && { replaced: ['privateKey'] }),
    },
    events: [{ type: 'endpoint.updated' }],
  })
  return after
}

/** Throws 422 that names the field. */
function checked(
  given: Transport,
  { url }: Endpoint,
  { clock, identityProblem }: Pick<HandlerDeps, 'clock' | 'identityProblem'>,
): Transport {
  const result = checkTransport(given, clock())
  if ('problem' in result) {
    throw invalid(['body', result.problem.field], result.problem.message)
  }
  const problem = identityProblem(result.transport)
  if (problem !== null) throw invalid(['body', 'certificate'], problem)
  if (!needsTls(result.transport) || url.startsWith('https:')) return result.transport
  const { certificate, trustedCertificates } = result.transport
  const field =
    certificate !== null
      ? 'certificate'
      : trustedCertificates !== null
        ? 'trustedCertificates'
        : 'httpVersion'
  throw invalid(
    ['body', field],
    'has no effect on an http:// URL: give the endpoint an https:// one',
  )
}

const toOut = (transport: Transport | null): z.input<typeof TransportOut> => {
  const { httpVersion, certificate, trustedCertificates, trustSystem } =
    transport ?? PLAIN_TRANSPORT
  return {
    httpVersion,
    certificates: factsOf(certificate),
    trustedCertificates: factsOf(trustedCertificates),
    trustSystem,
  }
}

const shown = (transport: Transport | null) => ({
  ...toOut(transport),
  privateKey: transport?.privateKey ? REDACTED : null,
})
