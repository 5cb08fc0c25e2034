import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

export const HTTP_VERSIONS = ['1.1', '2', 'auto'] as const
export type HttpVersion = (typeof HTTP_VERSIONS)[number]

/** How an endpoint is spoken to: who we are there, whom we believe, and in which HTTP. All PEM. */
export type Transport = {
  httpVersion: HttpVersion
  /** Its own certificate first, then those that issued it. */
  certificate: string | null
  privateKey: string | null
  trustedCertificates: string | null
  /** Whether the authorities that everyone trusts count, too. */
  trustSystem: boolean
}

/** Of endpoints that have none. */
export const PLAIN_TRANSPORT: Transport = {
  httpVersion: '1.1',
  certificate: null,
  privateKey: null,
  trustedCertificates: null,
  trustSystem: true,
}

/** Over plain http these would be dropped without a word. */
export const needsTls = ({ certificate, trustedCertificates, httpVersion }: Transport) =>
  certificate !== null || trustedCertificates !== null || httpVersion === '2'

const MAX_CERTIFICATES = 20

export type TransportProblem = { field: keyof Transport; message: string }
type Checked = { transport: Transport } | { problem: TransportProblem }

/** As it is stored: every certificate and the key in one spelling. No message quotes a key. */
export function checkTransport(given: Transport, now: Date): Checked {
  const { certificate, privateKey, trustedCertificates, trustSystem } = given
  if (certificate !== null && privateKey === null) {
    return problem('privateKey', 'required with `certificate`: the key that belongs to it')
  }
  if (certificate === null && privateKey !== null) {
    return problem('certificate', 'required with `privateKey`: the certificate of that key')
  }
  if (trustedCertificates === null && !trustSystem) {
    return problem('trustSystem', 'false leaves nobody to trust: give `trustedCertificates`')
  }
  const chain = readCertificates(certificate, now)
  if ('message' in chain) return problem('certificate', chain.message)
  const trusted = readCertificates(trustedCertificates, now)
  if ('message' in trusted) return problem('trustedCertificates', trusted.message)
  const key = readKey(privateKey)
  if ('message' in key) return problem('privateKey', key.message)
  const wrong = key.key && mismatch(chain.certificates, key.key)
  if (wrong) return wrong
  return {
    transport: {
      ...given,
      certificate: toPem(chain.certificates),
      privateKey: key.key && String(key.key.export({ type: 'pkcs8', format: 'pem' })),
      trustedCertificates: toPem(trusted.certificates),
    },
  }
}

const problem = (field: keyof Transport, message: string) => ({ problem: { field, message } })

function mismatch(chain: X509Certificate[], key: KeyObject) {
  const [own, ...issuers] = chain
  if (!own!.checkPrivateKey(key)) {
    const isElsewhere = issuers.some((issuer) => issuer.checkPrivateKey(key))
    return isElsewhere
      ? problem('certificate', 'its own certificate must come first, before those that issued it')
      : problem('privateKey', 'does not belong to the first certificate of `certificate`')
  }
  const at = issuers.findIndex((issuer, i) => !chain[i]!.checkIssued(issuer))
  if (at === -1) return null
  const message = `certificate ${at + 2} did not issue certificate ${at + 1}`
  return problem('certificate', `${message}: give each before the one that issued it`)
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

type Read = { certificates: X509Certificate[] } | { message: string }

/** What stands around the blocks, as programs print it, is left out. */
function readCertificates(pem: string | null, now: Date): Read {
  const certificates: X509Certificate[] = []
  if (pem === null) return { certificates }
  if (pem.includes('PRIVATE KEY-----')) {
    return { message: 'holds a private key: give that as `privateKey`, and nowhere else' }
  }
  for (let at = pem.indexOf(BEGIN); at !== -1; at = pem.indexOf(BEGIN, at + 1)) {
    const end = pem.indexOf(END, at)
    const number = certificates.length + 1
    if (number > MAX_CERTIFICATES) return { message: `at most ${MAX_CERTIFICATES} certificates` }
    const certificate = end === -1 ? null : parsed(pem.slice(at, end + END.length))
    if (certificate === null) return { message: `certificate ${number} is not readable` }
    if (certificate.validToDate <= now) {
      return {
        message: `certificate ${number} expired on ${certificate.validToDate.toISOString()}`,
      }
    }
    if (certificate.validFromDate > now) {
      const from = certificate.validFromDate.toISOString()
      return { message: `certificate ${number} is not valid before ${from}` }
    }
    certificates.push(certificate)
  }
  if (certificates.length > 0) return { certificates }
  return { message: `expected certificates as PEM: text that has ${BEGIN}` }
}

function parsed(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

function readKey(pem: string | null): { key: KeyObject | null } | { message: string } {
  if (pem === null) return { key: null }
  if (pem.includes('ENCRYPTED')) {
    return { message: 'is locked with a passphrase: give it without (it is sealed here)' }
  }
  try {
    return { key: createPrivateKey(pem) }
  } catch {
    return { message: 'expected a private key as PEM: text that has -----BEGIN PRIVATE KEY-----' }
  }
}

const toPem = (certificates: X509Certificate[]) =>
  certificates.length === 0 ? null : certificates.map(String).join('')

export type CertificateFacts = {
  subject: string
  issuer: string
  serialNumber: string
  validFrom: string
  validTo: string
  /** SHA-256, as `openssl x509 -fingerprint -sha256` prints it. */
  fingerprint: string
}

/** What everyone may know of stored certificates. */
export function factsOf(pem: string | null): CertificateFacts[] {
  const blocks = pem?.split(END).slice(0, -1) ?? []
  return blocks.map((block) => {
    const certificate = new X509Certificate(`${block}${END}`)
    return {
      subject: inOneLine(certificate.subject),
      issuer: inOneLine(certificate.issuer),
      serialNumber: certificate.serialNumber,
      validFrom: certificate.validFromDate.toISOString(),
      validTo: certificate.validToDate.toISOString(),
      fingerprint: certificate.fingerprint256,
    }
  })
}

/** Undefined for a certificate without any name. */
const inOneLine = (name: string | undefined) => (name ?? '').split('\n').join(', ')
