import type { Failure } from '../domain/outcome.ts'
import { NO_HTTP_2 } from './egress/connect.ts'
import type { Target } from './egress/url.ts'

// OpenSSL's and Node's codes in the words of screens.md §7. The names were seen on Node 24.

const SHUT_OUT = 'refused'

const DETAILS: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'not_https',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not_https',
  ERR_SSL_HTTP_REQUEST: 'not_https',
  ERR_SSL_UNKNOWN_PROTOCOL: 'not_https',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not_yet_valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_name',
  HOSTNAME_MISMATCH: 'wrong_name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'incomplete_chain',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown_authority',
  CERT_UNTRUSTED: 'unknown_authority',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'old_protocol',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'old_protocol',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'old_protocol',
  [NO_HTTP_2]: 'http_version',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'http_version',
  // Of our certificate, by the receiver.
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'client_certificate_required',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'client_certificate_refused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'client_certificate_refused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'client_certificate_refused',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'client_certificate_refused',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'client_certificate_refused',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'client_certificate_refused',
  ECONNRESET: SHUT_OUT,
  EPIPE: SHUT_OUT,
  ECONNABORTED: SHUT_OUT,
  BELLWIRE_CLOSED: SHUT_OUT,
  BELLWIRE_HUNG_UP_AFTER_TLS: SHUT_OUT,
}

const SENTENCES: Record<string, (target: Target, names: string) => string> = {
  not_https: ({ host, port }) => `Port ${port} of ${host} does not speak https.`,
  expired: ({ host }) => `The certificate of ${host} has expired.`,
  not_yet_valid: ({ host }) => `The certificate of ${host} is not valid yet.`,
  wrong_name: ({ host }, names) => `The certificate is for ${names}, not for ${host}.`,
  self_signed: ({ host }) => `${host} uses a certificate that it signed itself.`,
  incomplete_chain: ({ host }) =>
    `${host} sends its certificate without the intermediate one, or it is from a private authority.`,
  unknown_authority: ({ host }) =>
    `The certificate of ${host} comes from an authority we don't know.`,
  old_protocol: ({ host }) => `${host} offers only an outdated TLS version.`,
  http_version: ({ host }) =>
    `${host} does not offer the version of HTTP that this endpoint is to be called with.`,
  client_certificate_required: ({ host }) =>
    `${host} wants a client certificate, and this endpoint has none.`,
  client_certificate_refused: ({ host }) =>
    `${host} refused the client certificate of this endpoint.`,
  refused: ({ host }) =>
    `${host} refused the secure connection. It probably wants a client certificate, ` +
    'or we have no cipher in common.',
}

/** Never without what the endpoint demands. */
export function needsHttps({ host }: Target): Failure {
  const message = `The transport settings of this endpoint need an https URL; ${host} was to be called over plain http.`
  return { code: 'tls_failed', detail: 'plain_http', message }
}

export function tlsFailure(cause: unknown, target: Target, operatorNote: string): Failure {
  const code = cause instanceof Object && 'code' in cause ? String(cause.code) : ''
  const detail = DETAILS[code] ?? (code.includes('_ALERT_') ? SHUT_OUT : undefined)
  if (detail === undefined) {
    const message = `The secure connection to ${target.host} failed.`
    return { code: 'tls_failed', message, operatorNote }
  }
  const message = SENTENCES[detail]!(target, certificateNames(cause))
  return { code: 'tls_failed', detail, message, operatorNote }
}

const MAX_NAMES = 5

/** From the certificate, so from a stranger: few, short and printable. */
function certificateNames(cause: unknown): string {
  if (!(cause instanceof Object && 'cert' in cause)) return 'another name'
  const cert = cause.cert as { subjectaltname?: unknown }
  const names = String(cert?.subjectaltname ?? '')
    .split(', ')
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
    .filter((name) => /^[\w.*:-]{1,253}$/.test(name))
  if (names.length === 0) return 'another name'
  return names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '')
}
