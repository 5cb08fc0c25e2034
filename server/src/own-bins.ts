// Which URLs lead to bins of this server: endpoints may send there, to try themselves out.
import type { EgressPolicy } from './delivery/egress/guard.ts'

/** Nothing that a proxy in between could read as another path. */
const BIN = /^\/b\/[A-Za-z0-9_-]{20,64}(?:[/?](?!.*(?:%2f|%5c|\\|\.\.)).*)?$/is

/** At our own port, or at the address by which the operator says that others reach us. */
export function createOwnBins(
  publicUrl: string | null,
  isOwnListener: (address: string, port: number) => boolean,
): NonNullable<EgressPolicy['ownBins']> {
  const shown = publicUrl === null ? null : new URL(publicUrl)
  const shownPort = shown && Number(shown.port || (shown.protocol === 'https:' ? 443 : 80))
  const prefix = shown === null ? '' : shown.pathname.replace(/\/$/, '')
  return ({ host, port, path }, address) => {
    if (address !== null && isOwnListener(address, port) && BIN.test(path)) return true
    if (shown === null || port !== shownPort) return false
    const isShown = host === shown.hostname.replace(/^\[|\]$/g, '') && path.startsWith(prefix)
    return isShown && BIN.test(path.slice(prefix.length))
  }
}
