import type net from 'node:net'
import tls from 'node:tls'
import { type Address, parseAddress } from './addresses.ts'
import type { AddressSet, Target } from './url.ts'

// One socket to one of the judged addresses. TCP and TLS are two steps of our own, so that a
// failure knows its phase, and the peer is compared before a single byte is written. undici's own
// connector would call both a UND_ERR_CONNECT_TIMEOUT, and would ask no lookup for a literal.

export type OpenSocket = (options: net.TcpNetConnectOpts) => net.Socket

export type ConnectPhase = 'tcp' | 'tls'

/** Nothing was sent. `cause` is what the socket said. */
export class ConnectError extends Error {
  readonly code = 'BELLWIRE_CONNECT'
  readonly phase: ConnectPhase
  readonly peer: string | undefined
  /** The socket led to an address outside the judged set. */
  readonly wrongPeer: boolean
  /** Whether the other side had said anything when it failed. */
  readonly heard: boolean

  constructor(
    cause: unknown,
    at: { phase: ConnectPhase; peer?: string; heard?: boolean; wrongPeer?: boolean },
  ) {
    super('could not connect', { cause })
    this.phase = at.phase
    this.peer = at.peer
    this.heard = at.heard ?? false
    this.wrongPeer = at.wrongPeer ?? false
  }
}

export type Dial = {
  target: Target
  addresses: AddressSet
  /** Null for plain http. */
  secureContext: (() => tls.SecureContext) | null
  /** Offered by ALPN. */
  protocols: string[]
  session: Buffer | undefined
  openSocket: OpenSocket
  onSession: (session: Buffer) => void
}

export type Dialling = {
  phase: ConnectPhase
  /** Ends it, whatever it is doing; `done` is then called with an error. */
  abandon(): void
}

/** TLS came about, and not the version of HTTP that is wanted. */
export const NO_HTTP_2 = 'BELLWIRE_NO_HTTP2'

type Done = (error: ConnectError | null, socket: net.Socket | null) => void

/** Calls `done` exactly once. Every listener is attached before the first byte. */
export function dial(options: Dial, done: Done): Dialling {
  // Before there is a socket: nobody would catch what it throws in a listener.
  const secureContext = options.secureContext?.() ?? null
  const raw = openTcp(options)
  const dialling: Dialling = { phase: 'tcp', abandon: () => raw.destroy() }
  let settled = false

  function fail(cause: unknown, wrongPeer = false) {
    if (settled) return
    settled = true
    const peer = raw.remoteAddress
    const at = { phase: dialling.phase, heard: raw.bytesRead > 0, wrongPeer }
    raw.destroy()
    done(new ConnectError(cause, peer === undefined ? at : { ...at, peer }), null)
  }
  function succeed(socket: net.Socket) {
    if (settled) return
    settled = true
    done(null, socket)
  }

  raw.on('error', fail)
  raw.on('close', () => fail(new Error('closed while connecting')))
  raw.once('connect', () => {
    if (!isJudged(raw.remoteAddress, options.addresses.addresses)) {
      return fail(new Error('the peer is not in the judged set'), true)
    }
    raw.setNoDelay(true)
    raw.setKeepAlive(true, 60_000)
    if (secureContext === null) return succeed(raw)

    dialling.phase = 'tls'
    const secured = startTls(raw, secureContext, options)
    secured.on('error', fail)
    secured.on('session', options.onSession)
    secured.once('secureConnect', () => {
      // A server that knows no ALPN goes on in HTTP/1.1, whatever was offered.
      const isOther = !options.protocols.includes(secured.alpnProtocol || 'http/1.1')
      if (isOther) return fail(Object.assign(new Error('no HTTP/2'), { code: NO_HTTP_2 }))
      succeed(secured)
    })
  })
  return dialling
}

function openTcp({ target, addresses, openSocket }: Dial): net.Socket {
  const [first, ...others] = addresses.addresses
  // The pin: address racing moves inside the judged set only. Asked with `all`, it wants an array.
  if (others.length === 0) return openSocket({ host: first!.text, port: target.port })
  const pinned = addresses.addresses.map(({ text, family }) => ({ address: text, family }))
  return openSocket({
    host: target.host,
    port: target.port,
    autoSelectFamily: true,
    lookup: (_host, _options, callback) => callback(null, pinned),
  })
}

function startTls(raw: net.Socket, secureContext: tls.SecureContext, options: Dial) {
  const { target, session, protocols } = options
  return tls.connect({
    socket: raw,
    host: target.host,
    // No SNI for a literal (RFC 6066 §3); its certificate needs an IP entry then.
    servername: target.literal === null ? target.host : '',
    secureContext,
    ...(session && { session }),
    ALPNProtocols: protocols,
    // NODE_TLS_REJECT_UNAUTHORIZED=0 switches off checking for a client that leaves this out.
    rejectUnauthorized: true,
  })
}

function isJudged(peer: string | undefined, judged: readonly Address[]): boolean {
  const address = parseAddress(peer ?? '')
  return address !== null && judged.some(({ key }) => key === address.key)
}
