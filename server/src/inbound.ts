// Joins the doors for strangers: sources, what they are judged with, and what leads out from there.
import type { Server } from 'node:http'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { createInboundAccept } from './accept-inbound.ts'
import { networkOf } from './api/access.ts'
import { createTokenBuckets } from './api/token-buckets.ts'
import type { Config } from './config.ts'
import type { Engine } from './delivery/engine.ts'
import { type createSender, TIMEOUTS } from './delivery/send.ts'
import type { BinDoorDeps } from './inbound/bin-door.ts'
import { pemsIn } from './inbound/certificate-chain.ts'
import { openDoors } from './inbound/doors.ts'
import { createFetchKey } from './inbound/fetched-keys.ts'
import type { TrustsProxy } from './inbound/forwarded.ts'
import type { JudgeDeps } from './inbound/judge.ts'
import type { KnownSources } from './inbound/known-sources.ts'
import { createNoter } from './inbound/noter.ts'
import { createResumer } from './inbound/resumer.ts'
import { addressesOf } from './inbound/source-problem.ts'
import type { Store } from './store/connect.ts'
import type { Seal } from './store/sealed.ts'
import type { Telemetry } from './telemetry.ts'
import type { Tracing } from './tracing.ts'

/** Of what became no message, per source: enough to see what is wrong, and no more than that. */
const NOTED = { perSecond: 5, burst: 200 }

/** Of one bin: it is for looking at, and every request is a write of its own. */
const BIN_RATE = { perSecond: 30, burst: 100 }

type Options = {
  config: Pick<Config, 'retentionDays' | 'inboundAddressLimit' | 'egressCaFile' | 'trustedProxies'>
  store: Store
  seal: Seal
  telemetry: Telemetry
  tracing: Tracing | null
  engine: Engine | null
  sources: KnownSources
  sender: Pick<ReturnType<typeof createSender>, 'send'>
  inbound: Partial<JudgeDeps>
  relays: Pick<BinDoorDeps, 'captured' | 'hasRoom' | 'answerTo'>
  announceDue(): void
  wakeEngine(): void
  isDraining(): boolean
}

export function createInbound(options: Options) {
  const { config, store, seal, telemetry, tracing, sources, inbound } = options
  const { db } = store
  const accept = createInboundAccept(options)
  const noted = createTokenBuckets(NOTED)
  const noter = createNoter({ db, telemetry, rate: noted.take })
  const resumer = createResumer({ db, telemetry, wakeEngine: options.wakeEngine })
  const addresses = createTokenBuckets(burstOf(config.inboundAddressLimit))
  const bins = createTokenBuckets(BIN_RATE)
  const fetchText = createFetchText(options.sender)
  const roots = [...rootCertificates, ...pemsIn(config.egressCaFile ?? '')]

  return {
    open: (server: Server) =>
      openDoors(server, {
        clock: () => new Date(),
        fetchKey: createFetchKey(fetchText, { roots, clock: () => new Date() }),
        ...inbound,
        ...{ sources, noter, db, seal, telemetry, tracing },
        ...options.relays,
        accept: accept.add,
        sourceRate: createSourceRate(),
        addressRate: (address) => addresses.take(networkOf(address)),
        binRate: bins.take,
        trustsProxy: createTrust(config.trustedProxies),
        held: { count: 0 },
        confirm: async (url) => {
          const { status } = await fetchText(url)
          return status >= 200 && status < 300
        },
        retentionDays: config.retentionDays,
        isDraining: options.isDraining,
      }),
    /** After the last request was answered. */
    async close() {
      await accept.drained()
      await noter.drained()
      await resumer.stop()
    },
  }
}

function createTrust(ranges: string[]): TrustsProxy {
  const proxies = addressesOf(ranges)
  return (address) => {
    // Without the zone of a link-local one.
    const [plain = ''] = address.split('%')
    const version = isIP(plain)
    return version !== 0 && proxies.check(plain, version === 6 ? 'ipv6' : 'ipv4')
  }
}

/** Two seconds' worth at once. */
const burstOf = (perSecond: number) => ({ perSecond, burst: perSecond * 2 })

/** A budget per source, of the size that the source says. */
function createSourceRate() {
  const bySize = new Map<number, ReturnType<typeof createTokenBuckets>>()
  return (id: string, perSecond: number) => {
    const buckets = bySize.get(perSecond) ?? createTokenBuckets(burstOf(perSecond))
    bySize.set(perSecond, buckets)
    return buckets.take(id)
  }
}

const createFetchText =
  ({ send }: Options['sender']) =>
  async (url: string) => {
    const request = { method: 'GET' as const, url, headers: [], body: Buffer.alloc(0) }
    const outcome = await send(request, { timeouts: { ...TIMEOUTS, totalMs: 10_000 } })
    const { answer } = outcome
    if (answer === undefined || answer.bodyCut) throw new Error('no whole answer')
    return { status: answer.status, body: answer.body.toString('utf8') }
  }
