import type { EventEmitter } from 'node:events'
import type net from 'node:net'
import { TLSSocket } from 'node:tls'
import { Client, type Dispatcher } from 'undici'
import { ConnectError, type Dial, type Dialling, dial } from './connect.ts'

// One undici Client is one socket and carries one request at a time, so what fails, times out or
// is reused always belongs to exactly one attempt. (undici's Pool hides which socket it takes, and
// queues requests where they can't be withdrawn.)

export type ConnectionOptions = {
  keepAliveMs: number
  maxHeaderBytes: number
  dial: Omit<Dial, 'session' | 'onSession'>
  sessions: { last: Buffer | undefined }
  /** The socket of an idle connection closed. */
  onClosed: (connection: Connection) => void
  onUnexpected: (error: unknown) => void
}

const noop = () => {}

export class Connection {
  /** Requests written to the present socket; 0 = a failure can't be that of a stale one. */
  served = 0
  bornAt = 0
  #hasTicket = false
  socket: net.Socket | null = null
  readonly #client: Client
  readonly #options: ConnectionOptions
  #dialling: Dialling | null = null
  #isTls13 = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = new Client(options.dial.target.origin, {
      allowH2: options.dial.protocols.includes('h2'),
      // Both are 0 = off: send.ts has one timer for all attempts, these would be two per request.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: 60_000,
      keepAliveTimeoutThreshold: 1_000,
      maxHeaderSize: options.maxHeaderBytes,
      connect: (_, callback) => this.#open(callback as unknown as Connected),
    })
    this.#client.on('disconnect', () => options.onClosed(this))
    // undici reports a throwing handler this way; unheard it would end the process.
    const emitter: EventEmitter = this.#client
    emitter.on('error', options.onUnexpected)
  }

  /** `tcp` or `tls` while a socket is being opened. */
  get phase(): Dialling['phase'] | null {
    return this.#dialling?.phase ?? null
  }

  /** TLS 1.3 lets us write before the server has accepted our side: a ticket says that it did. */
  get isUnconfirmedTls(): boolean {
    return this.#isTls13 && !this.#hasTicket
  }

  get isOpen(): boolean {
    return this.socket !== null && !this.socket.destroyed
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(request, handler)
  }

  /** Closes the socket in whatever state it is; a running request ends with an error. */
  destroy(): void {
    this.#client.destroy(null, noop)
    this.#dialling?.abandon()
  }

  #open(callback: Connected): void {
    const { sessions } = this.#options
    this.#hasTicket = false
    const onSession = (session: Buffer) => {
      this.#hasTicket = true
      sessions.last = session
    }
    try {
      const options = { ...this.#options.dial, session: sessions.last, onSession }
      this.#dialling = dial(options, (error, socket) => {
        this.#dialling = null
        if (error?.wrongPeer) this.#options.onUnexpected(error)
        // A session that the server no longer likes must not fail the next handshake as well.
        if (error !== null) sessions.last = undefined
        this.socket = socket
        this.served = 0
        this.#isTls13 = socket instanceof TLSSocket && socket.getProtocol() === 'TLSv1.3'
        this.bornAt = performance.now()
        callback(error, socket)
      })
    } catch (cause) {
      callback(new ConnectError(cause, { phase: 'tcp' }), null)
    }
  }
}

type Connected = (error: Error | null, socket: net.Socket | null) => void
