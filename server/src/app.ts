// The only place that joins the parts: config → store → delivery, api → { start, stop }.
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { createAccept } from './accept.ts'
import { createAuthenticator } from './api/access.ts'
import { type MetricsSource, serveMetrics } from './api/metrics.ts'
import { toOpenApi, toText } from './api/openapi.ts'
import { createRateLimit } from './api/rate-limit.ts'
import { routes } from './api/routes.ts'
import { createServer } from './api/server.ts'
import { createSettingsCache } from './api/settings-cache.ts'
import type { Config } from './config.ts'
import { createBinSend } from './delivery/bin-delivery.ts'
import { createChallenges } from './delivery/challenges.ts'
import { parseAddress } from './delivery/egress/addresses.ts'
import { createOwnAddresses } from './delivery/egress/own-addresses.ts'
import { identityProblem } from './delivery/egress/tls-identity.ts'
import { createEngine, type Engine, LANE_LIMITS } from './delivery/engine.ts'
import { type createSender, TIMEOUTS } from './delivery/send.ts'
import { createTaskRunner } from './delivery/tasks/runner.ts'
import { takeTaskStep } from './delivery/tasks/step.ts'
import { createTestDelivery } from './delivery/test-delivery.ts'
import { affordableSockets } from './descriptors.ts'
import { BIN_PATH } from './domain/bin.ts'
import { DEFAULT_SETTINGS } from './domain/environment-settings.ts'
import type { EnvironmentId } from './domain/ids.ts'
import { createEgress } from './egress.ts'
import { addGauges } from './gauges.ts'
import { boundHeap } from './heap.ts'
import type { JudgeDeps } from './inbound/judge.ts'
import { createKnownSources } from './inbound/known-sources.ts'
import { likelyProvider, secretPlaces } from './inbound/likely-provider.ts'
import { signAgain } from './inbound/sign-again.ts'
import { sourcePresets, sourceProblem } from './inbound/source-problem.ts'
import { verifyCapture } from './inbound/verify-capture.ts'
import { createInbound } from './inbound.ts'
import { createOthers } from './others.ts'
import { createOwnBins } from './own-bins.ts'
import { readiness, unsafeSettings } from './readiness.ts'
import { createRelays, type Relays } from './relays.ts'
import { createSchemaChecker } from './schemas/checker.ts'
import { ensureStartKey } from './start-key.ts'
import { findCaller } from './store/callers.ts'
import { type Connection, reach, type Store } from './store/connect.ts'
import { readDatabaseFacts } from './store/database-facts.ts'
import { findEnvironment, findPayloadRule } from './store/environment-settings.ts'
import { ensureDefaultEnvironment } from './store/environments.ts'
import { assertMainSecret } from './store/main-secret.ts'
import { createMaintenance } from './store/maintenance.ts'
import { migrate } from './store/migrate.ts'
import { createPartitions } from './store/partitions.ts'
import { createSeal } from './store/sealed.ts'
import { findTargets } from './store/targets.ts'
import type { Telemetry } from './telemetry.ts'
import { findTracing, type Tracing } from './tracing.ts'
import { createTransformer, type Transformer } from './transform/transformer.ts'
import { VERSION } from './version.ts'

export type AppOptions = {
  config: Config
  connection: Connection
  /** The database admits one Bellwire at a time, as the embedded one does. */
  alone?: boolean
  mainSecret: string
  telemetry: Telemetry
  /** What /metrics answers, when this process is one of several; its own figures otherwise. */
  scraped?: MetricsSource
  /** What tests and vectors stand in for: when a webhook comes in, and where its keys come from. */
  inbound?: Partial<JudgeDeps>
}

export type App = {
  /** Where it listens, as `http://127.0.0.1:8400`. */
  url: string
  environmentId: EnvironmentId
  store: Store
  /** Not ready → no new requests → attempts in flight finish or are released → connections close. */
  stop(): Promise<void>
}

/** Started when the first code is run. Two, so that a script that uses its time up stops no other. */
const TRANSFORM_THREADS = 2

/** Of one hook URL: a platform subscribes when its user switches something on. */
const HOOK_URL_RATE = { perSecond: 5, burst: 100 }

const USER_AGENT = `Bellwire/${VERSION}`

/** How long a stopping server still listens, to say that it is stopping. */
const DRAIN_MS = 150

export async function startApp({
  config,
  connection,
  alone = false,
  mainSecret,
  telemetry,
  scraped = telemetry.metrics.registry,
  inbound = {},
}: AppOptions): Promise<App> {
  const { preparedStatements, listenDatabaseUrl } = config
  const tracing = await findTracing(telemetry)
  const { store, pooler } = await reach(connection, {
    onError: (error) => telemetry.trouble('store.connection', error),
    ...(preparedStatements !== 'auto' && { prepared: preparedStatements === 'on' }),
  })
  if (pooler !== null) telemetry.databasePooled(pooler)
  const closing: (() => Promise<void>)[] = [() => store.close()]
  const stopAll = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    await migrate(store.pool)
    const facts = await readDatabaseFacts(store.pool)
    if (facts.unsafe.length > 0) telemetry.databaseUnsafe(unsafeSettings(facts))
    const seal = createSeal(mainSecret, config.mainSecretPrevious)
    await assertMainSecret(store.db, seal)
    await createPartitions(store.pool, new Date())
    const environmentId = await ensureDefaultEnvironment(store.pool)
    // Before anybody is let in: who has the key must not be refused once we are ready.
    const { bootstrapApiKey: token } = config
    const environment = { store, environmentId }
    if (token !== null) await ensureStartKey(environment, { name: 'bootstrap', token })

    let ownPort: number | null = null
    const ownAddresses = createOwnAddresses()
    const isOwn = (address: string) =>
      address.startsWith('127.') || ownAddresses().has(parseAddress(address)?.key ?? '')
    let url = ''
    const isOwnListener = (address: string, port: number) => port === ownPort && isOwn(address)
    const { guard, sender, isResolverDown } = createEgress(config, telemetry, {
      isOwnListener,
      isOwnBin: createOwnBins(config.publicUrl, isOwnListener),
    })
    closing.push(() => sender.close())

    const transformer = createTransformer({ threads: TRANSFORM_THREADS })
    closing.push(() => transformer.stop())
    // Simulations wait for each other, and no delivery for them.
    const simulator = createTransformer({ threads: 1 })
    closing.push(() => simulator.stop())
    const relays = createRelays({ db: store.db })
    closing.push(() => relays.stop())
    const engine =
      config.role === 'api'
        ? null
        : await startEngine({
            ...{ config, alone, store, seal, sender, transformer, telemetry, tracing, relays },
          })
    let draining = false
    if (engine !== null) closing.push(() => engine.stop(config.shutdownGrace * 1000))

    const tasks =
      engine === null
        ? null
        : createTaskRunner({ store, telemetry, step: takeTaskStep, stepped: () => engine.wake() })
    if (tasks !== null) closing.push(() => tasks.stop())

    const access = createAuthenticator((token) => findCaller(store.db, token), {
      failuresPerMinute: config.authFailureLimit,
      refused: (address) => telemetry.tooManyUnknownTokens(address),
    })
    const sources = createKnownSources({ db: store.db, seal })
    const known = {
      accessChanged() {
        access.accessChanged()
        sources.forget()
      },
    }
    const others = createOthers({
      relays,
      alone,
      listenAt: listenDatabaseUrl ?? (pooler === null ? connection : null),
      store,
      telemetry,
      engine,
      tasks,
      access: known,
    })
    closing.push(() => others.close())
    relays.tellOthers(others.announce)
    const accept = createAccept({
      ...{ store, engine, telemetry, tracing },
      announceDue: others.announceDue,
    })
    const schemas = createSchemaChecker()
    closing.push(() => schemas.stop())
    const defaultSettings = {
      ...DEFAULT_SETTINGS,
      enforceHttps: config.httpsOnly,
      defaultSecretKind: config.defaultSecretKind,
    }
    const challenges = createChallenges({
      db: store.db,
      findTargets: (ids) => findTargets(store.db, seal, ids),
      send: (request, tls) =>
        sender.send(request, { timeouts: TIMEOUTS, ...(tls !== null && { tls }) }),
      verified(id) {
        others.endpointChanged(id)
        others.wakeEngine()
      },
      telemetry,
      userAgent: USER_AGENT,
    })
    const server = await createServer({
      store,
      seal,
      telemetry,
      tracing,
      authenticate: access.authenticate,
      rateLimit: config.apiRateLimit === null ? null : createRateLimit(config.apiRateLimit),
      hookRateLimit: createRateLimit(HOOK_URL_RATE),
      ...createSettingsCache({
        environment: (id) => findEnvironment(store.db, id, defaultSettings),
        payloadRule: (id, eventType) => findPayloadRule(store.db, id, eventType),
      }),
      defaultSettings,
      schemas,
      transform: simulator.transform,
      publicUrl: () => config.publicUrl ?? url,
      accept: accept.add,
      accessChanged: others.accessChanged,
      wakeEngine: others.wakeEngine,
      wakeTasks: others.wakeTasks,
      endpointChanged: others.endpointChanged,
      challenge: challenges.ask,
      // Outside of a transaction there is nothing to wait for; write.ts has its own.
      afterCommit: (what, effect) => void telemetry.bestEffort(what, () => effect(store.db)),
      sourceProblem,
      sourcePresets,
      verifyCapture,
      likelyProvider,
      signAgain,
      secretPlaces,
      sendOnce: (request) => sender.send(request, { timeouts: TIMEOUTS }),
      identityProblem,
      testDelivery: createTestDelivery({
        findTargets: (ids) => findTargets(store.db, seal, ids),
        transform: simulator.transform,
        send: (request) => sender.send(request, { timeouts: TIMEOUTS }),
        userAgent: `Bellwire/${VERSION}`,
        clock: () => new Date(),
        // Without DNS, TLS and proxies: its bin is served by this very process.
        urlOfBin: (token) => `${reachable(url)}${BIN_PATH}${token}`,
      }),
      urlProblem: async (url) => (await guard.checkNow(url))?.message ?? null,
      untilCaptured: relays.untilCaptured,
      captureAnswered: relays.answered,
      readiness: () => readiness(store, { engine, isDraining: () => draining, isResolverDown }),
      isDraining: () => draining,
      servesApi: config.role !== 'worker',
      clock: () => new Date(),
      retentionDays: config.retentionDays,
      maxBodyBytes: config.maxBodyBytes,
      trustedProxies: config.trustedProxies,
    })
    const doors = createInbound({
      ...{ config, store, seal, telemetry, tracing, engine, sources, sender, inbound },
      announceDue: others.announceDue,
      wakeEngine: others.wakeEngine,
      relays,
      isDraining: () => draining,
    })
    if (config.role !== 'worker') doors.open(server.server)
    addGauges(telemetry.metrics, { store, engine, accepting: accept.size })
    serveMetrics(server, scraped, { token: config.metricsToken })
    closing.push(async () => {
      draining = true
      // Requests that are on their way to us get an answer, not a reset.
      await setTimeout(DRAIN_MS)
      await server.close()
      await challenges.stop(config.shutdownGrace * 1000)
      await accept.drained()
      await doors.close()
    })

    const maintenance = createMaintenance({ store, retentionDays: config.retentionDays, telemetry })
    closing.push(() => maintenance.stop())

    telemetry.metrics.watchProcess()
    url = await server.listen({ host: config.host, port: config.port })
    ownPort = Number(new URL(url).port)
    boundHeap()
    return { url, environmentId, store, stop: stopAll }
  } catch (error) {
    await stopAll()
    throw error
  }
}

/** What listens on all addresses is called on one. */
const reachable = (url: string) =>
  url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]')

type EngineParts = Pick<AppOptions, 'config' | 'telemetry'> & {
  alone: boolean
  store: Store
  seal: ReturnType<typeof createSeal>
  sender: Pick<ReturnType<typeof createSender>, 'send'>
  transformer: Transformer
  tracing: Tracing | null
  relays: Relays
}

function startEngine({
  config,
  alone,
  store,
  seal,
  sender,
  transformer,
  telemetry,
  tracing,
  relays,
}: EngineParts): Promise<Engine> {
  const totalMs = config.requestTimeout * 1000
  const timeouts = {
    connectMs: Math.min(TIMEOUTS.connectMs, totalMs),
    headersMs: Math.min(TIMEOUTS.headersMs, totalMs),
    totalMs,
  }
  const plain = { timeouts }
  return createEngine({
    store,
    alone,
    telemetry,
    tracing,
    findTargets: (ids) => findTargets(store.db, seal, ids),
    send: createBinSend({
      ...{ ...relays, db: store.db, totalMs, clock: () => new Date() },
      send(request, tls) {
        const options = tls === null ? plain : { timeouts, tls }
        const send = () => sender.send(request, options)
        return tracing === null ? send() : tracing.quietly(send)
      },
    }),
    transform: transformer.transform,
    nodeName: `${hostname()}/${process.pid}`,
    userAgent: USER_AGENT,
    schedule: config.retrySchedule,
    disableAfterSeconds: config.disableAfter,
    limits: {
      ...LANE_LIMITS,
      maxInFlight: Math.min(LANE_LIMITS.maxInFlight, affordableSockets().inFlight),
      maxLargeBytes: config.largePayloadBytes,
    },
  })
}

/** What the server says of itself, for who wants it without a server. */
export const openApiText = () => toText(toOpenApi(routes))
