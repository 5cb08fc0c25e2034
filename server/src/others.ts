// What must be quick on every node: this one is told directly, the others by an announcement. Each of
// it is also found by looking (polls, caches of a second), so nothing here has to arrive.
import type { Engine } from './delivery/engine.ts'
import type { TaskRunner } from './delivery/tasks/runner.ts'
import type { EndpointId } from './domain/ids.ts'
import type { Relays } from './relays.ts'
import { type Announcement, createAnnouncements, type Named } from './store/announcements.ts'
import type { Connection, Store } from './store/connect.ts'
import type { Telemetry } from './telemetry.ts'

type Options = {
  /** There are no others. */
  alone: boolean
  /** Where notifications can be heard; null: nowhere. */
  listenAt: Connection | null
  store: Store
  telemetry: Telemetry
  engine: Engine | null
  tasks: TaskRunner | null
  access: { accessChanged(): void }
  relays: Pick<Relays, 'heard'>
}

export function createOthers(options: Options) {
  const { alone, listenAt, store, telemetry, engine, tasks, access, relays } = options
  const announcements = alone
    ? null
    : createAnnouncements({
        listenAt,
        pool: store.pool,
        heard,
        onError: (error) => telemetry.trouble('announcements', error),
      })

  function heard(announcement: Announcement) {
    const { kind } = announcement
    if (kind === 'capture' || kind === 'answer') relays.heard(announcement.id)
    if (kind === 'endpoint') engine?.forgetEndpoint(announcement.id as EndpointId)
    if (kind === 'due' || kind === 'missed') engine?.wake()
    if (kind === 'task' || kind === 'missed') tasks?.wake()
    if (kind === 'access' || kind === 'missed') access.accessChanged()
    if (kind === 'missed') engine?.forgetEndpoints()
  }

  return {
    /** Free deliveries are due that this node has no room for, or no engine at all. */
    announceDue: () => announcements?.announce({ kind: 'due' }),
    wakeEngine() {
      if (engine === null) announcements?.announce({ kind: 'due' })
      else engine.wake()
    },
    wakeTasks() {
      if (tasks === null) announcements?.announce({ kind: 'task' })
      else tasks.wake()
    },
    endpointChanged(id: EndpointId) {
      engine?.forgetEndpoint(id)
      announcements?.announce({ kind: 'endpoint', id })
    },
    accessChanged() {
      access.accessChanged()
      announcements?.announce({ kind: 'access' })
    },
    announce: (announcement: Named) => announcements?.announce(announcement),
    close: () => announcements?.close() ?? Promise.resolve(),
  }
}
