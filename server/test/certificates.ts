// Certificates of an authority of the test's own, made by the openssl program. Gone with the test file.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const OPENSSL = '/usr/bin/openssl'

export type Pair = { cert: string; key: string }
type Wanted = {
  from?: string
  to?: string
  host?: string
  /** Signs for itself. */
  self?: boolean
  /** As for `openssl req -newkey`. */
  newKey?: string
}

const CA_CONFIG = `[ca]
default_ca=this
[this]
database=index.txt
rand_serial=yes
new_certs_dir=.
default_md=sha256
unique_subject=no
policy=any
[any]
commonName=supplied
`

/** `skip` says why a test that needs it cannot run, or is false. */
export function testAuthority(authority = 'Test CA') {
  const skip = existsSync(OPENSSL) ? (false as const) : `needs ${OPENSSL} to make certificates`
  if (skip !== false) return { skip, ca: '', makeCertificate: (): Pair => ({ cert: '', key: '' }) }

  const folder = mkdtempSync(join(tmpdir(), 'bellwire-tls-'))
  after(() => rmSync(folder, { recursive: true }))
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { stdio: 'pipe', cwd: folder })

  writeFileSync(path('ca.cnf'), CA_CONFIG)
  writeFileSync(path('index.txt'), '')
  const subject = ['-subj', `/CN=${authority}`, '-days', '3650']
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key']
  openssl('req', '-x509', ...key, ...subject, '-out', 'ca.crt')
  let made = 0

  function makeCertificate(wanted: Wanted = {}): Pair {
    const { from = '20200101000000Z', to = '20990101000000Z', self = false } = wanted
    const { host = 'hooks.example.com', newKey = 'rsa:2048' } = wanted
    const number = ++made
    const [key, csr, crt, cnf] = ['key', 'csr', 'crt', 'cnf'].map((kind) => `${number}.${kind}`)
    const kind = /^[\d.]+$/.test(host) ? 'IP' : 'DNS'
    writeFileSync(path(cnf!), `subjectAltName=${kind}:${host}\n`)
    const subject = ['-subj', `/CN=${host}`]
    openssl('req', '-new', '-newkey', newKey, '-nodes', ...subject, '-keyout', key!, '-out', csr!)
    const signer = self
      ? ['-selfsign', '-keyfile', key!]
      : ['-cert', 'ca.crt', '-keyfile', 'ca.key']
    const times = ['-startdate', from, '-enddate', to]
    const files = ['-in', csr!, '-out', crt!, '-extfile', cnf!]
    openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', ...signer, ...times, ...files)
    return { cert: readFileSync(path(crt!), 'utf8'), key: readFileSync(path(key!), 'utf8') }
  }

  return { skip, ca: readFileSync(path('ca.crt'), 'utf8'), makeCertificate }
}
