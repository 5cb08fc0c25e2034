// Joins the parts that lead out: the resolver, what it says of NAT64, the guard and the sender.
import type { Config } from './config.ts'
import { EMPTY_ALLOW_LIST } from './delivery/egress/allow-list.ts'
import { createGuard, type EgressPolicy } from './delivery/egress/guard.ts'
import { watchNat64 } from './delivery/egress/nat64-discovery.ts'
import { createResolver } from './delivery/egress/resolver.ts'
import { LANE_LIMITS } from './delivery/engine.ts'
import { createSender } from './delivery/send.ts'
import { affordableSockets } from './descriptors.ts'
import type { Telemetry } from './telemetry.ts'

type Own = {
  isOwnListener(address: string, port: number): boolean
  isOwnBin: NonNullable<EgressPolicy['ownBins']>
}

export function createEgress(
  config: Config,
  telemetry: Telemetry,
  { isOwnListener, isOwnBin }: Own,
) {
  const resolver = createResolver(config.egressDns === null ? {} : { servers: config.egressDns })
  const nat64 = watchNat64(resolver, { declared: config.egressNat64 })
  const guard = createGuard(
    {
      allow: config.egressAllow ?? EMPTY_ALLOW_LIST,
      nat64: nat64.prefixes,
      ...(config.egressPorts !== null && { ports: config.egressPorts }),
      ownListeners: isOwnListener,
      ownBins: isOwnBin,
    },
    resolver,
  )
  const sender = createSender({
    guard,
    // Many endpoints may share a host: a bound there would let two that hang stop a third.
    limits: { connectionsPerPool: LANE_LIMITS.maxInFlight, maxKept: affordableSockets().kept },
    ...(config.egressCaFile !== null && { extraCa: [config.egressCaFile] }),
    onUnexpected: (error) => telemetry.trouble('send.unexpected', error),
  })
  return {
    guard,
    isResolverDown: () => resolver.isDown(),
    sender: {
      send: sender.send,
      async close() {
        nat64.stop()
        await sender.close()
        resolver.close()
      },
    },
  }
}
