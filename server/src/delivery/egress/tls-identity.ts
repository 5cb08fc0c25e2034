import { createHash } from 'node:crypto'
import tls from 'node:tls'
import { type HttpVersion, needsTls, type Transport } from '../../domain/transport.ts'

/** How one endpoint is spoken to. Two with different ids never share a socket. */
export type TlsIdentity = {
  id: string
  cert?: string
  key?: string
  ca?: string
  /** `ca` stands in place of the list that everyone trusts. */
  caOnly?: boolean
  /** 1.1 unless it says otherwise. */
  httpVersion?: HttpVersion
  /** What it asks for would be lost over plain http. */
  needsTls?: boolean
}

/** Of an endpoint: the id changes with what is in it, so that no socket outlives a change. */
export function toTlsIdentity(endpointId: string, transport: Transport): TlsIdentity {
  const { certificate, privateKey, trustedCertificates, trustSystem, httpVersion } = transport
  const parts = [certificate, privateKey, trustedCertificates, trustSystem, httpVersion]
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
  return {
    id: `${endpointId} ${hash}`,
    ...(certificate !== null && { cert: certificate }),
    ...(privateKey !== null && { key: privateKey }),
    ...(trustedCertificates !== null && { ca: trustedCertificates }),
    caOnly: !trustSystem,
    httpVersion,
    needsTls: needsTls(transport),
  }
}

const PROTOCOLS: Record<HttpVersion, string[]> = {
  '1.1': ['http/1.1'],
  '2': ['h2'],
  auto: ['h2', 'http/1.1'],
}

/** For ALPN; the first is preferred. */
export const protocolsOf = (identity?: TlsIdentity): string[] =>
  PROTOCOLS[identity?.httpVersion ?? '1.1']

export function createSecureContext(
  extraCa: readonly string[],
  { cert, key, ca, caOnly = false }: Omit<TlsIdentity, 'id'> = {},
): tls.SecureContext {
  const own = ca === undefined ? [] : [ca]
  const context = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    // Who trusts a certificate by name means that very one, also when somebody else issued it.
    allowPartialTrustChain: ca !== undefined,
    ...(caOnly && { ca: own }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  })
  // Added to the store that all contexts share until one of them differs: given as `ca` together with
  // Node's list, that list is parsed again, 31 ms and 1.3 MB for each (so: 0.4 ms and 59 KB).
  if (!caOnly) for (const added of [...extraCa, ...own]) context.context.addCACert(added)
  return context
}

/** What OpenSSL has against a certificate and key that belong together: such as a key that is too short. */
export function identityProblem(transport: Transport): string | null {
  try {
    createSecureContext([], toTlsIdentity('', transport))
    return null
  } catch (error) {
    const code = error instanceof Object && 'code' in error ? String(error.code) : ''
    const word = code
      .replace(/^ERR_(SSL|OSSL)_/, '')
      .toLowerCase()
      .replaceAll('_', ' ')
    return `cannot be used: ${word || 'OpenSSL refuses it'}`
  }
}
