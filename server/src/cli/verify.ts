import { presets } from '@bellwire/sdk/providers/all'
import {
  assertUsable,
  diagnose,
  expectedContent,
  type Finding,
  type InboundRequest,
  needsSecret,
  signedUrl,
  type VerifyGiven,
  verifyScheme,
  WebhookError,
} from '@bellwire/sdk/verification'
import { type Kept, parseHeader, parseKept, readBytes } from './captured-request.ts'
import { CommandError } from './failures.ts'
import { type Known, knownScheme, schemesByHeaders } from './known-scheme.ts'
import { printable } from './printable.ts'

const MOST_SHOWN = 2_000

type Options = {
  provider?: string
  variant?: string
  scheme?: string
  secret?: string[]
  secretFile?: string
  header?: string[]
  body?: string
  method?: string
  url?: string
  at?: string
  json?: boolean
}

/** Says whether a request is signed right, and if it is not, why. Throws in that case. */
export async function verify(file: string | undefined, options: Options): Promise<void> {
  const { request, receivedAt } = await readRequest(file, options)
  const secrets = await readSecrets(options)
  const now = options.at === undefined ? (receivedAt ?? new Date()) : instant(options.at)
  const url = options.url === undefined ? null : signedUrl(options.url, request.url)
  const given = { secrets, url, now }
  const known = (await knownScheme(options)) ?? (await recognised(request, given))
  const { preset, scheme } = known
  const check = { ...given, scheme, verifier: preset.verifier }
  if (!needsSecret(scheme, preset.verifier)) {
    throw new CommandError(
      `${preset.title} signs with a key that is fetched from its servers: only a source can verify it (docs/sources.md)`,
    )
  }
  assertGiven(check)
  const verdict = await verifyScheme(request, check)
  const provider = known.variant === null ? preset.name : `${preset.name} (${known.variant})`
  if (verdict.ok) {
    const { skewSeconds, bodyAuthenticated, secretIndex } = verdict
    if (options.json) {
      console.log(
        JSON.stringify({ valid: true, provider, secretIndex, skewSeconds, bodyAuthenticated }),
      )
      return
    }
    console.log(
      `The signature matches: ${provider}, secret ${secretIndex + 1} of ${secrets.length}.`,
    )
    if (skewSeconds !== null) console.log(`The time in it is ${ageOf(skewSeconds)}.`)
    if (!bodyAuthenticated) console.log(`Beware: this scheme says nothing about the body.`)
    return
  }
  const findings = await diagnose(request, { ...check, presets: Object.values(presets) })
  const content = expectedContent(request, check)
  const { code, message } = verdict
  if (options.json) {
    const expected = content === null ? null : Buffer.from(content).toString('base64')
    console.log(
      JSON.stringify({
        valid: false,
        provider,
        code,
        message,
        findings,
        expectedContent: expected,
      }),
    )
  } else {
    for (const finding of findings) printFinding(finding)
    if (findings.length === 0 && content !== null) printContent(content)
  }
  throw new CommandError(`${provider}: ${message} (${code})`)
}

async function readRequest(file: string | undefined, options: Options): Promise<Kept> {
  const { header = [], body, method } = options
  if (file === undefined && body === undefined) {
    throw new CommandError('Give the file of a request, or its --header and --body', 2)
  }
  const empty = { method: 'POST', url: urlTarget(options.url), headers: [], body: Buffer.alloc(0) }
  const kept: Kept =
    file === undefined
      ? { request: empty, receivedAt: null }
      : parseKept(await readBytes(file), file)
  const headers = header.map((line) => parseHeader(line, '--header'))
  const named = new Set(headers.map(([name]) => name.toLowerCase()))
  return {
    ...kept,
    request: {
      method: method ?? kept.request.method,
      url: kept.request.url,
      // What is given takes the place of what the file has.
      headers: [
        ...kept.request.headers.filter(([name]) => !named.has(name.toLowerCase())),
        ...headers,
      ],
      body: body === undefined ? kept.request.body : await readBytes(body),
    },
  }
}

/** Path and query, as the request line has them. */
function urlTarget(url: string | undefined): string {
  if (url === undefined) return '/'
  if (!URL.canParse(url)) throw new CommandError(`--url: expected a URL, got ${url}`, 2)
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** Read as it stands: a newline at its end is just what may be wrong. */
async function readSecrets({ secret = [], secretFile }: Options): Promise<string[]> {
  const inFile = secretFile === undefined ? [] : [(await readBytes(secretFile)).toString('utf8')]
  const secrets = [...secret, ...inFile]
  if (secrets.length === 0) throw new CommandError('Give the --secret, or a --secret-file', 2)
  return secrets
}

function instant(text: string): Date {
  const at = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text)
  if (!Number.isNaN(at.getTime())) return at
  throw new CommandError(
    `--at: expected a time such as 2026-01-31T12:00:00Z, or seconds since 1970, got ${text}`,
    2,
  )
}

type Given = Omit<VerifyGiven, 'scheme'>

/** The first by whose rules it is right; else the first whose header is here. */
async function recognised(request: InboundRequest, given: Given): Promise<Known> {
  const candidates = schemesByHeaders(request)
  for (const known of candidates) {
    const check = { ...given, scheme: known.scheme, verifier: known.preset.verifier }
    if ((await verifyScheme(request, check)).ok) return known
  }
  const first = candidates[0]
  if (first === undefined) {
    throw new CommandError(
      'No header of a provider that is known is here: give the --provider or a --scheme',
    )
  }
  if (candidates.length > 1) {
    const names = new Set(candidates.map(({ preset }) => preset.name))
    console.error(`No --provider given; by its headers it may be from: ${[...names].join(', ')}.`)
  }
  return first
}

function assertGiven(check: VerifyGiven): void {
  try {
    assertUsable(check)
  } catch (error) {
    // A secret that cannot be a key is a finding like others.
    if (error instanceof WebhookError) {
      for (const finding of error.findings) printFinding(finding)
      throw new CommandError(`${error.message} (${error.code})`)
    }
    if (error instanceof TypeError) throw new CommandError(`The scheme: ${error.message}`, 2)
    throw error
  }
}

function printFinding({ sentence, remedy }: Finding): void {
  console.log(sentence)
  console.log(`  → ${remedy}`)
}

function printContent(content: Uint8Array): void {
  const bytes = Buffer.from(content)
  const shown = bytes.subarray(0, MOST_SHOWN)
  console.log(`Nothing that was tried would match. These ${bytes.length} bytes should be signed:`)
  console.log(`  as text: ${printable(shown.toString('utf8'))}`)
  console.log(`  as hex:  ${shown.subarray(0, 64).toString('hex')}${bytes.length > 64 ? '…' : ''}`)
}

const ageOf = (seconds: number) =>
  seconds >= 0 ? `${seconds} s before ours` : `${-seconds} s after ours`
