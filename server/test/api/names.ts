import { parseAddress } from '../../src/delivery/egress/addresses.ts'
import type { Resolver } from '../../src/delivery/egress/resolver.ts'
import { toAddressSet } from '../../src/delivery/egress/url.ts'

const ADDRESSES: Record<string, string[]> = {
  'example.com': ['93.184.215.14'],
  'inside.example.com': ['10.1.2.3'],
  'both.example.com': ['93.184.215.14', '10.1.2.3'],
}

/** A DNS of three names, so that no test asks a real one. */
export const resolver: Resolver = {
  lookup(name) {
    const found = ADDRESSES[name]
    if (found === undefined) return { kind: 'failed', detail: 'not_found', note: name }
    return toAddressSet(found.map((text) => parseAddress(text)!))
  },
  close() {},
}
