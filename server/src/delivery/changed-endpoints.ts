// Endpoints that other nodes have changed. They are announced at once; this is for the case that an
// announcement is lost or cannot pass (PgBouncer): within a second, cached copies are noticed to be old.
import type { EndpointId } from '../domain/ids.ts'
import type { Db } from '../store/connect.ts'
import { listChangedEndpoints } from '../store/endpoint-changes.ts'
import type { Telemetry } from '../telemetry.ts'

const LOOK_MS = 1_000

type Options = {
  db: Db
  changed(id: EndpointId, revision: number): void
  telemetry: Pick<Telemetry, 'bestEffort'>
}

export function watchChangedEndpoints({ db, changed, telemetry }: Options) {
  let since: Date | null = null
  let looking: Promise<void> | null = null

  async function look() {
    const { now, endpoints } = await listChangedEndpoints(db, since)
    for (const { id, revision } of endpoints) changed(id, revision)
    since = now
  }

  const timer = setInterval(() => {
    looking ??= telemetry.bestEffort('endpoints.changed', look).finally(() => {
      looking = null
    })
  }, LOOK_MS)
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
