import type { Caller } from '../domain/access.ts'
import type {
  Capture,
  CaptureVerdict,
  LikelyProvider,
  SignWith,
  VerifyWith,
} from '../domain/bin.ts'
import type { EnvironmentSettings } from '../domain/environment-settings.ts'
import type { BinId, EndpointId, EnvironmentId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Shaped, ShapeInput } from '../domain/shape.ts'
import type { SourceSettings } from '../domain/source.ts'
import type { Parameters } from '../domain/templates/template.ts'
import type { TestResult } from '../domain/test-delivery.ts'
import type { Transport } from '../domain/transport.ts'
import type { SchemaChecker } from '../schemas/checker.ts'
import type { Db, Store } from '../store/connect.ts'
import type { PayloadRule } from '../store/environment-settings.ts'
import type { Seal } from '../store/sealed.ts'
import type { Accepted, NewMessage } from '../store/statements/accept-messages.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Tracing } from '../tracing.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Environment } from './settings-cache.ts'

/** What is wrong with a source: the field and the sentence. */
export type SourceProblem = { loc: string[]; message: string }
export type GivenSource = {
  settings: SourceSettings
  /** Null when they are stored already, and were looked at then. */
  secrets: string[] | null
  verifyToken: string | null
}
export type SourcePreset = {
  name: string
  title: string
  variants: string[]
  docs: string
  replyWithinSeconds: number
}

/** What handlers may use; each takes the two or three it needs. Made in app.ts. */
export type ApiDeps = {
  store: Pick<Store, 'db' | 'pool'>
  seal: Seal
  telemetry: Telemetry
  /** Null when nobody has loaded an SDK. */
  tracing: Tracing | null
  authenticate(authorization: string | undefined, address: string): Promise<Caller>
  /** How much one token may ask; null is as much as it likes. */
  rateLimit: RateLimit | null
  /** Likewise of one hook URL. */
  hookRateLimit: RateLimit | null
  /** A token was revoked or changed: it must be looked up anew. */
  accessChanged(): void
  /** What holds in an environment; may be a second old when another node changed it. */
  settingsOf(id: EnvironmentId): Promise<Environment>
  /** What holds for messages of an event type there, as old as that; null when it is not registered. */
  payloadRuleOf(id: EnvironmentId, eventType: string): Promise<PayloadRule | null>
  /** Settings or event types were changed: they must be looked up anew. */
  settingsChanged(): void
  /** Of environments that did not set them. */
  defaultSettings: EnvironmentSettings
  /** JSON Schemas of customers, off the event loop. */
  schemas: SchemaChecker
  /** Runs a customer's transformation on a message, in a thread and a sandbox. */
  transform(
    code: {
      key: string
      code: string
      variables: Record<string, string>
      params?: Parameters
    },
    input: ShapeInput,
  ): Promise<{ shaped: Shaped; console: string[] }>
  /** How others reach this server, without a slash at the end. */
  publicUrl(): string
  /** Commits a message together with those that arrive at the same time, and hands it over. */
  accept(message: NewMessage): Promise<Accepted>
  /** The URL of the endpoint is new: have it asked whether it wants messages. Returns at once. */
  challenge(id: EndpointId): void
  /** Free deliveries are due: have them claimed. */
  wakeEngine(): void
  /** A background task was committed: have it begun. */
  wakeTasks(): void
  /** The endpoint was changed: the next attempt must read it anew. */
  endpointChanged(id: EndpointId): void
  /** What the machinery of TLS has against a certificate and its key, or null. */
  identityProblem(transport: Transport): string | null
  /** The sentence that says why deliveries may not go there, or null. */
  urlProblem(url: string): Promise<string | null>
  /**
   * To be done once the request's transaction is committed, with the connections of all; when that
   * fails, the request has succeeded all the same.
   */
  afterCommit(what: string, effect: (db: Db) => Promise<unknown>): void
  /** Why no source can be made of this, or null. */
  sourceProblem(given: GivenSource): SourceProblem | null
  /** Whether a capture is signed with this secret, and if not, why. Throws 422. */
  verifyCapture(capture: Capture, given: VerifyWith): Promise<CaptureVerdict>
  /** Who it looks like it is from, by its headers. */
  likelyProvider(capture: Capture): LikelyProvider | null
  /** The request signed anew, as the capture's provider does. Throws 422. */
  signAgain(
    capture: Capture,
    request: { method: string; url: string; headers: [string, string][]; body: Buffer },
    given: SignWith,
  ): Promise<{ method: string; url: string; headers: [string, string][]; body: Buffer }>
  /** Headers and queries, in lower case, where providers put their signatures and secrets. */
  secretPlaces: { headers: string[]; queries: string[] }
  /** Sends to the bin of this token what the endpoint would get. */
  testDelivery(wanted: {
    endpointId: EndpointId
    eventType: string
    payload: Buffer
    token: string
  }): Promise<TestResult>
  /** One request through the egress guard; whatever the other side does is a value. */
  sendOnce(request: {
    method: string
    url: string
    headers: string[]
    body: Buffer
  }): Promise<Outcome>
  /** The providers that are known, by name. */
  sourcePresets(): SourcePreset[]
  /** Something came to the bin, or a while is over. */
  untilCaptured(bin: BinId, withinMs: number): Promise<void>
  /** A listener has answered: whoever waits for that may look. */
  captureAnswered(bin: BinId, seq: number): void
  /** Whether everything that accepting and delivering needs is there, part by part. */
  readiness(): Promise<{ ready: boolean; parts: Record<string, string> }>
  /** The process is stopping: new requests are refused, those under way get their answer. */
  isDraining(): boolean
  /** A worker answers for its health only. */
  servesApi: boolean
  clock(): Date
  retentionDays: number
  maxBodyBytes: number
  /** Addresses and ranges of proxies whose word counts. */
  trustedProxies: string[]
}
