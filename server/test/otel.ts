// A collector as OpenTelemetry's exporters know it (OTLP over HTTP, as JSON), and the script of
// docs/monitoring.md that sends to it.
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startReceiver } from './receiver.ts'

export type SeenSpan = {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string
  attributes: Record<string, string | number>
  isError: boolean
  durationMs: number
}

type Value = { stringValue?: string; intValue?: string | number; doubleValue?: number }
type Exported = {
  resourceSpans: {
    scopeSpans: {
      scope: { name: string }
      spans: (Omit<SeenSpan, 'attributes' | 'parentSpanId'> & {
        parentSpanId?: string
        startTimeUnixNano: string
        endTimeUnixNano: string
        status?: { code?: number }
        attributes: { key: string; value: Value }[]
      })[]
    }[]
  }[]
}

export const KINDS = { server: 2, client: 3, producer: 4 }

export async function startCollector() {
  const receiver = await startReceiver(() => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  }))
  return {
    endpoint: new URL(receiver.url).origin,
    /** All that was exported, as it was written. */
    text: () => receiver.received.map(({ body }) => body.toString()).join('\n'),
    spans: () => receiver.at('/v1/traces').flatMap(({ body }) => toSpans(body)),
  }
}

function toSpans(body: Buffer): SeenSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as Exported
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .filter(({ scope }) => scope.name === 'bellwire')
    .flatMap(({ spans }) => spans)
    .map((span) => ({
      ...span,
      parentSpanId: span.parentSpanId ?? '',
      isError: span.status?.code === 2,
      durationMs: (Number(span.endTimeUnixNano) - Number(span.startTimeUnixNano)) / 1e6,
      attributes: Object.fromEntries(
        span.attributes.map(({ key, value }) => [
          key,
          value.stringValue ?? Number(value.intValue ?? value.doubleValue),
        ]),
      ),
    }))
}

/** The script of the page, in a folder where its packages are installed. Returns its path. */
export async function scriptOfDocs(): Promise<string> {
  const page = await readFile(new URL('../../docs/monitoring.md', import.meta.url), 'utf8')
  const script = /Save this as `otel\.mjs`:\n\n```js\n([\s\S]+?)```/.exec(page)?.[1]
  if (script === undefined) throw new Error('docs/monitoring.md has no otel.mjs')
  const folder = await mkdtemp(join(tmpdir(), 'bellwire-otel-'))
  after(() => rm(folder, { recursive: true }))
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  await symlink(modules, join(folder, 'node_modules'))
  const path = join(folder, 'otel.mjs')
  await writeFile(path, script)
  return path
}
