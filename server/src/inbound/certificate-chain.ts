// Who stands behind a certificate that a provider signs webhooks with. It was fetched over TLS from the
// provider's own address; on top of that, what came with it must lead to a root that counts. A certificate
// that comes alone, without its issuer, has nothing to lead there: no issuer is fetched, and the address
// vouches for it.
import { X509Certificate } from 'node:crypto'
import { WebhookError } from '@bellwire/sdk/verification'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g
const MAX_CERTIFICATES = 10

export type Trust = {
  /** In PEM. */
  roots: readonly string[]
  now: Date
}

/** Throws `key_untrusted` for a chain that breaks, and for a certificate of somebody else. */
export function assertChain(pem: string, url: string, { roots, now }: Trust): void {
  const [leaf, ...given] = certificatesIn(pem)
  if (leaf === undefined) throw untrusted('What was fetched is no certificate.')
  if (!isOf(leaf, new URL(url).hostname)) {
    throw untrusted('The certificate was not made out to the one at whose address it is.')
  }
  const passed = new Set<X509Certificate>()
  for (let at = leaf; ; ) {
    assertInTime(at, now)
    if (roots.some((root) => isBy(at, new X509Certificate(root)))) return
    passed.add(at)
    const named = given.filter((each) => !passed.has(each) && at.checkIssued(each))
    if (named.length === 0 && at === leaf && !isBy(at, at)) return
    if (named.length === 0) {
      throw untrusted('The chain ends with nobody known; BELLWIRE_EGRESS_CA_FILE adds authorities.')
    }
    const issuer = named.find((each) => each.ca && at.verify(each.publicKey))
    if (issuer === undefined) throw untrusted('The chain does not hold: a signature is not right.')
    at = issuer
  }
}

export const pemsIn = (text: string): string[] => text.match(CERTIFICATE) ?? []

function certificatesIn(pem: string): X509Certificate[] {
  const texts = pemsIn(pem)
  if (texts.length > MAX_CERTIFICATES) throw untrusted('The chain is too long.')
  try {
    return texts.map((text) => new X509Certificate(text))
  } catch (cause) {
    throw new WebhookError('key_untrusted', 'The certificate cannot be read.', { cause })
  }
}

const isBy = (certificate: X509Certificate, issuer: X509Certificate) =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

/** By its name, that of the host or of another one of the same provider. */
function isOf({ subject, subjectAltName = '' }: X509Certificate, host: string): boolean {
  const domain = domainOf(host)
  const names = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g), ...subject.matchAll(/^CN=(.+)$/gm)]
  return names.some(([, name = '']) => `.${name.toLowerCase()}`.endsWith(`.${domain}`))
}

/** `sns.eu-west-1.amazonaws.com` → `amazonaws.com`, also of `…com.cn`. */
const domainOf = (host: string) =>
  host
    .split('.')
    .slice(host.endsWith('.com.cn') ? -3 : -2)
    .join('.')

function assertInTime({ validFromDate, validToDate }: X509Certificate, now: Date) {
  if (now >= validFromDate && now <= validToDate) return
  throw untrusted('A certificate of the chain is out of date.')
}

const untrusted = (message: string) => new WebhookError('key_untrusted', message)
