// Every setting once: variable, type, default, one sentence. The only reader of the environment.
// All problems are reported at once; an unknown BELLWIRE_* variable is one of them.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { type AllowList, parseAllowList } from './delivery/egress/allow-list.ts'
import { parseNat64 } from './delivery/egress/nat64.ts'
import { parsePorts } from './delivery/egress/ports.ts'
import { SECRET_KINDS } from './domain/environment-settings.ts'

export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Setting<Value> = {
  variable: string
  /** Customary names that mean the same; the first one set wins. */
  alias?: string
  /** As `--help` and the docs show it. */
  default: string
  secret?: boolean
  about: string
  parse(text: string | undefined): Value
}

const setting = <Value>(definition: Setting<Value>) => definition

export const SETTINGS = {
  databaseUrl: setting({
    variable: 'DATABASE_URL',
    default: 'embedded PostgreSQL in the data directory',
    secret: true,
    about: 'PostgreSQL 15 or newer, as a postgres:// URL.',
    parse: (text) => (text === undefined ? null : postgresUrl(text)),
  }),
  listenDatabaseUrl: setting({
    variable: 'BELLWIRE_LISTEN_DATABASE_URL',
    default: 'DATABASE_URL, or none when that leads to a pooler',
    secret: true,
    about:
      'A way to the same database without a pooler, for LISTEN; without it nodes poll each second.',
    parse: (text) => (text === undefined ? null : postgresUrl(text)),
  }),
  preparedStatements: setting({
    variable: 'BELLWIRE_PREPARED_STATEMENTS',
    default: 'auto: on, but off behind a pooler',
    about: 'auto, on or off; on for a PgBouncer from 1.21 with max_prepared_statements above 0.',
    parse: (text = 'auto') => oneOf(text, ['auto', 'on', 'off'] as const),
  }),
  dataDir: setting({
    variable: 'BELLWIRE_DATA_DIR',
    default: './data',
    about: 'Folder of the embedded database and of generated secrets.',
    parse: (text = './data') => text,
  }),
  host: setting({
    variable: 'BELLWIRE_HOST',
    default: '127.0.0.1',
    about: 'Address to listen on.',
    parse: (text = '127.0.0.1') => text,
  }),
  port: setting({
    variable: 'BELLWIRE_PORT',
    alias: 'PORT',
    default: '8400',
    about: 'Port to listen on; 0 takes any free one.',
    parse: (text = '8400') => wholeNumber(text, 0, 65_535),
  }),
  publicUrl: setting({
    variable: 'BELLWIRE_PUBLIC_URL',
    default: 'from host and port',
    about: 'How others reach this server, for links.',
    parse: (text) => (text === undefined ? null : httpUrl(text)),
  }),
  role: setting({
    variable: 'BELLWIRE_ROLE',
    default: 'all',
    about: 'What this process does: all, api (takes messages in) or worker (delivers them).',
    parse: (text = 'all') => oneOf(text, ['all', 'api', 'worker'] as const),
  }),
  processes: setting({
    variable: 'BELLWIRE_PROCESSES',
    default: '1',
    about: 'Processes of serve on this machine; auto is one per core.',
    parse: (text = '1') => (text === 'auto' ? availableParallelism() : wholeNumber(text, 1, 64)),
  }),
  mainSecret: setting({
    variable: 'BELLWIRE_MAIN_SECRET',
    default: 'generated in the data directory by dev; serve wants it, unless it is there',
    secret: true,
    about: 'Key for secrets at rest: at least 32 random characters.',
    parse: (text) => (text === undefined ? null : longSecret(text, 32)),
  }),
  mainSecretPrevious: setting({
    variable: 'BELLWIRE_MAIN_SECRET_PREVIOUS',
    default: 'none',
    secret: true,
    about: 'The main secret before the last rotation: still opens what it sealed.',
    parse: (text) => (text === undefined ? null : longSecret(text, 32)),
  }),
  bootstrapApiKey: setting({
    variable: 'BELLWIRE_BOOTSTRAP_API_KEY',
    default: 'generated at the first start and printed once',
    secret: true,
    about: 'An API key that exists from the first start: at least 20 characters.',
    parse: (text) => (text === undefined ? null : apiKey(text)),
  }),
  metricsToken: setting({
    variable: 'BELLWIRE_METRICS_TOKEN',
    default: 'none: whoever reaches the port may read /metrics',
    secret: true,
    about: 'Bearer token for /metrics: at least 16 characters.',
    parse: (text) => (text === undefined ? null : longSecret(text, 16)),
  }),
  egressAllow: setting({
    variable: 'BELLWIRE_EGRESS_ALLOW',
    default: 'none; dev: 127.0.0.0/8,::1/128',
    about: 'Private ranges that may be delivered to: CIDRs, each with an optional :port.',
    parse: (text): AllowList | null => (text === undefined ? null : parseAllowList(text)),
  }),
  egressPorts: setting({
    variable: 'BELLWIRE_EGRESS_PORTS',
    default: '80, 443 and 1024 up, without well-known mail and database ports',
    about: 'Ports that may be delivered to, instead of the default rule: 443,8000-8999.',
    parse: (text) => (text === undefined ? null : parsePorts(text)),
  }),
  egressDns: setting({
    variable: 'BELLWIRE_EGRESS_DNS',
    default: "the system's",
    about: 'Name servers that resolve endpoint hosts: addresses with an optional port.',
    parse: (text) => (text === undefined ? null : list(text)),
  }),
  egressNat64: setting({
    variable: 'BELLWIRE_EGRESS_NAT64',
    default: 'found by asking for ipv4only.arpa',
    about: 'NAT64 prefixes of this network, as CIDRs.',
    parse: (text) => (text === undefined ? [] : parseNat64(text)),
  }),
  egressCaFile: setting({
    variable: 'BELLWIRE_EGRESS_CA_FILE',
    default: 'none',
    about: 'PEM file of certificate authorities to trust besides the public ones.',
    parse: (text) => (text === undefined ? null : readFileSync(text, 'utf8')),
  }),
  httpsOnly: setting({
    variable: 'BELLWIRE_HTTPS_ONLY',
    default: 'false',
    about:
      'Whether endpoints must have https URLs where the environment does not say: true or false.',
    parse: (text = 'false') => oneOf(text, ['true', 'false'] as const) === 'true',
  }),
  defaultSecretKind: setting({
    variable: 'BELLWIRE_DEFAULT_SECRET_KIND',
    default: 'hmac',
    about: 'Signing secrets made where the environment does not say: hmac or ed25519.',
    parse: (text = 'hmac') => oneOf(text, SECRET_KINDS),
  }),
  retrySchedule: setting({
    variable: 'BELLWIRE_RETRY_SCHEDULE',
    default: '5,300,1800,7200,18000,36000,36000',
    about: 'Seconds between attempts, decimals allowed; empty never retries.',
    parse: (text = '5,300,1800,7200,18000,36000,36000') => retrySchedule(text),
  }),
  requestTimeout: setting({
    variable: 'BELLWIRE_REQUEST_TIMEOUT',
    default: '20',
    about: 'Seconds for a whole attempt, decimals allowed.',
    parse: (text = '20') => seconds(text, 0.1, 300),
  }),
  disableAfter: setting({
    variable: 'BELLWIRE_DISABLE_AFTER',
    default: '432000',
    about: 'Seconds an endpoint may fail without one success before it is switched off (5 days).',
    parse: (text = '432000') => seconds(text, 0.1, 365 * 24 * 3600),
  }),
  shutdownGrace: setting({
    variable: 'BELLWIRE_SHUTDOWN_GRACE',
    default: '25',
    about: 'Seconds that attempts in flight may take to finish at a shutdown.',
    parse: (text = '25') => seconds(text, 0, 3600),
  }),
  maxBodyBytes: setting({
    variable: 'BELLWIRE_MAX_BODY_BYTES',
    default: '2097152',
    about: 'Largest request body of the API, in bytes (2 MiB); larger ones get 413.',
    parse: (text = '2097152') => wholeNumber(text, 1024, 64 * 1024 * 1024),
  }),
  largePayloadBytes: setting({
    variable: 'BELLWIRE_LARGE_PAYLOAD_BYTES',
    default: '67108864',
    about:
      'Memory for payloads over 64 KiB that are being sent, in bytes (64 MiB), of each process.',
    parse: (text = '67108864') => wholeNumber(text, 1024 * 1024, 16 * 1024 * 1024 * 1024),
  }),
  apiRateLimit: setting({
    variable: 'BELLWIRE_API_RATE_LIMIT',
    default: 'none',
    about: 'Requests a second that one token may make, with an optional burst: 50 or 50/200.',
    parse: (text) => (text === undefined ? null : rateLimit(text)),
  }),
  authFailureLimit: setting({
    variable: 'BELLWIRE_AUTH_FAILURE_LIMIT',
    default: '100',
    about: 'Unknown tokens that one address may try in a minute; more get 429. 0 is no limit.',
    parse: (text = '100') => wholeNumber(text, 0, 1_000_000),
  }),
  inboundAddressLimit: setting({
    variable: 'BELLWIRE_INBOUND_ADDRESS_LIMIT',
    default: '2000',
    about: 'Requests a second that one address may send to sources; more get 429.',
    parse: (text = '2000') => wholeNumber(text, 1, 1_000_000),
  }),
  trustedProxies: setting({
    variable: 'BELLWIRE_TRUSTED_PROXIES',
    default: 'none',
    about:
      'Proxies before this server whose X-Forwarded-For and -Proto are believed: addresses or CIDRs.',
    parse: (text) => (text === undefined ? [] : list(text).map(addressRange)),
  }),
  retentionDays: setting({
    variable: 'BELLWIRE_RETENTION_DAYS',
    default: '90',
    about: 'Days that messages and attempts are kept.',
    parse: (text = '90') => wholeNumber(text, 1, 3650),
  }),
  logLevel: setting({
    variable: 'BELLWIRE_LOG_LEVEL',
    default: 'info',
    about: 'trace, debug, info, warn, error, fatal or silent.',
    parse: (text = 'info') =>
      oneOf(text, ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const),
  }),
}

export type Config = {
  [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['parse']>
}

/** For the commands that talk to a running server; they are not settings of the server. */
const CLIENT_VARIABLES = ['BELLWIRE_URL', 'BELLWIRE_API_KEY']

export type Environment = Record<string, string | undefined>

/** Throws one ConfigError that lists every problem. `defaults` are what is not set anywhere. */
export function readConfig(given: Environment = process.env, defaults: Environment = {}): Config {
  const env = { ...defaults, ...given }
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  for (const [name, definition] of Object.entries(SETTINGS)) {
    try {
      config[name] = definition.parse(textOf(definition, env))
    } catch (error) {
      problems.push(`${definition.variable}: ${(error as Error).message}`)
    }
  }
  problems.push(...unknownVariables(env))
  if (problems.length > 0) throw new ConfigError(problems)
  return config as Config
}

/** `BELLWIRE_URL` and `BELLWIRE_API_KEY`, as the commands that talk to a server use them. */
export function readClientConfig(env: Environment = process.env) {
  const text = (name: string) => (env[name] === '' ? undefined : env[name])
  return { url: text('BELLWIRE_URL'), apiKey: text('BELLWIRE_API_KEY') }
}

/** The value of a setting; an empty one counts as not set, except for the retry schedule. */
function textOf(
  definition: { variable: string; alias?: string; secret?: boolean },
  env: Environment,
) {
  const { variable, alias, secret } = definition
  const file = secret ? env[`${variable}_FILE`] : undefined
  const direct = env[variable] ?? (alias === undefined ? undefined : env[alias])
  if (file !== undefined && direct !== undefined) {
    throw new Error(`is set both directly and by ${variable}_FILE: use one`)
  }
  if (file !== undefined) return readSecretFile(`${variable}_FILE`, file)
  if (direct === '' && variable !== 'BELLWIRE_RETRY_SCHEDULE') return undefined
  return direct
}

function readSecretFile(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Error(`${variable} names a file that cannot be read: ${(error as Error).message}`)
  }
}

function unknownVariables(env: Environment): string[] {
  const known = Object.values(SETTINGS).flatMap((definition) =>
    'secret' in definition
      ? [definition.variable, `${definition.variable}_FILE`]
      : [definition.variable],
  )
  const names = [...known, ...CLIENT_VARIABLES]
  return Object.keys(env)
    .filter(
      (name) =>
        name.startsWith('BELLWIRE_') && !name.startsWith('BELLWIRE_TEST_') && !names.includes(name),
    )
    .map((name) => `${name}: no such setting; did you mean ${nearest(name, names)}?`)
}

function nearest(name: string, names: string[]): string {
  return names.reduce((best, candidate) =>
    distance(name, candidate) < distance(name, best) ? candidate : best,
  )
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Error(`expected a whole number from ${min} to ${max}, got "${text}"`)
  }
  return value
}

function seconds(text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value < min || value > max) {
    throw new Error(`expected seconds from ${min} to ${max}, got "${text}"`)
  }
  return value
}

/** `50` allows a second's worth at once, `50/200` a burst of 200. */
function rateLimit(text: string): { perSecond: number; burst: number } {
  const [perSecond = '', burst = perSecond, ...others] = text.split('/')
  if (others.length > 0) throw new Error(`expected requests a second or rate/burst, got "${text}"`)
  return {
    perSecond: wholeNumber(perSecond, 1, 1_000_000),
    burst: wholeNumber(burst, 1, 1_000_000),
  }
}

function retrySchedule(text: string): number[] {
  if (text.trim() === '') return []
  return text.split(',').map((step) => seconds(step.trim(), 0, 30 * 24 * 3600))
}

function oneOf<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) throw new Error(`expected one of ${choices.join(', ')}, got "${text}"`)
  return choice
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim())
}

function addressRange(text: string): string {
  const [address = '', bits, ...others] = text.split('/')
  const most = isIP(address) === 6 ? 128 : 32
  const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
  if (isIP(address) === 0 || !isLength || others.length > 0) {
    throw new Error(`expected addresses or ranges as 10.0.0.0/8, got "${text}"`)
  }
  return text
}

function longSecret(text: string, least: number): string {
  if (text.trim().length < least) {
    throw new Error(
      `expected at least ${least} characters from a random source, got ${text.trim().length}`,
    )
  }
  return text
}

function apiKey(text: string): string {
  if (!/^[\x21-\x7b\x7d\x7e]{20,256}$/.test(text)) {
    throw new Error('expected 20 to 256 printable characters without spaces and without "|"')
  }
  return text
}

function postgresUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new Error('expected a postgres:// URL')
  return text
}

function httpUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(`expected an http:// or https:// URL, got "${text}"`)
  }
  return url.href.replace(/\/$/, '')
}
