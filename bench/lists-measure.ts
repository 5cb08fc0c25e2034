import type { ListRequest } from './lists-requests.ts'
import { percentile } from './messages.ts'
import type { System } from './systems.ts'
import { readCpuMs } from './usage.ts'

const WARM_UP = 5
/** Of what is very slow fewer requests tell enough. */
const MAX_MS = 10_000
const MAX_PAGES = 20

export type Answered = {
  p50Ms: number
  p95Ms: number
  maxMs: number
  /** Of a request, Node and PostgreSQL together: says more than the time on a machine that is shared. */
  cpuMs: number | null
  status: number
  /** Of the first page; null when the answer is no list. */
  items: number | null
  done: boolean | null
  /** Requests until there is one item, or the end, at most 20: a page may come short. */
  pages: number
}

type Body = { data?: unknown[]; iterator?: string | null; prevIterator?: string; done?: boolean }

/** The same request, one after the other, as a client on one connection makes it. */
export async function measureRequest(
  { baseUrl, token, watched }: Pick<System, 'baseUrl' | 'token' | 'watched'>,
  { path, body }: Pick<ListRequest, 'path' | 'body'>,
  requests: number,
): Promise<Answered> {
  const send = async (at: string) => {
    const answer = await fetch(`${baseUrl}/api/v1${at}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const first = await send(path)
  for (let i = 1; i < WARM_UP; i++) await send(path)
  const cpuBefore = readCpuMs(watched)
  const latencies: number[] = []
  for (let i = 0, spentMs = 0; i < requests && spentMs < MAX_MS; i++) {
    const startedAt = performance.now()
    await send(path)
    latencies.push(performance.now() - startedAt)
    spentMs += latencies.at(-1)!
  }
  const cpuAfter = readCpuMs(watched)
  latencies.sort((a, b) => a - b)
  const page = JSON.parse(first.text) as Body
  return {
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    maxMs: latencies.at(-1)!,
    cpuMs:
      cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / latencies.length,
    status: first.status,
    items: page.data?.length ?? null,
    done: page.done ?? null,
    pages: page.data === undefined ? 1 : await countPages(path, page, send),
  }
}

async function countPages(
  path: string,
  first: Body,
  send: (path: string) => Promise<{ text: string }>,
): Promise<number> {
  let page = first
  let pages = 1
  while (page.data?.length === 0 && page.done === false && pages < MAX_PAGES) {
    const url = new URL(path, 'http://list')
    const backward =
      url.searchParams.get('iterator')?.startsWith('-') ?? url.searchParams.has('after')
    const iterator = backward ? page.prevIterator : page.iterator
    if (iterator === null || iterator === undefined) throw new Error(`${path} leads nowhere.`)
    url.searchParams.set('iterator', iterator)
    page = JSON.parse((await send(`${url.pathname}${url.search}`)).text) as Body
    pages++
  }
  return pages
}

export const HEADING = `${'list: query'.padEnd(86)}     p50     p95     max     CPU http items pages`

export function formatLine({ list, what }: ListRequest, answered: Answered): string {
  const { p50Ms, p95Ms, maxMs, cpuMs, status, items, done, pages } = answered
  const times = [p50Ms, p95Ms, maxMs, cpuMs ?? Number.NaN]
    .map((ms) => ms.toFixed(1).padStart(8))
    .join('')
  const shown = items === null ? '' : `${items}${done ? '' : '+'}`
  return `${`${list}: ${what}`.padEnd(86)}${times}${String(status).padStart(5)}${shown.padStart(6)}${String(pages).padStart(5)}`
}
