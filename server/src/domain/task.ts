// Background tasks: what is asked for, and how far it has come.
import type { ApplicationId, EndpointId, TaskId } from './ids.ts'

export const TASK_STATUSES = ['running', 'finished', 'failed'] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

/** Messages from `since` to before `until`, by their ids; the times are ISO text, as JSON keeps them. */
export type TimeSpan = { since: string; until: string }

export type ReplayParameters = TimeSpan & { applicationId: ApplicationId; endpointId: EndpointId }

/** How the deliveries to be sent again ended; null takes any. */
export type DeliveryFilter = {
  eventTypes: string[] | null
  channel: string | null
  tag: string | null
  status: 'succeeded' | 'failed' | 'cancelled' | 'pending' | null
  /** Of any attempt: 0 for no response, else 100, 200, …: the hundreds of the status. */
  statusClass: number | null
}

export type TaskParameters = {
  'endpoint.recover': ReplayParameters
  'endpoint.replay': ReplayParameters
  'endpoint.bulk-replay': ReplayParameters & DeliveryFilter
  'application.purge_content': { applicationId: ApplicationId; until: string }
  /** Null counts every application. */
  'application.stats': TimeSpan & { applicationIds: ApplicationId[] | null }
  'event-type.aggregate': object
}
export type TaskKind = keyof TaskParameters

/** A kind with its own parameters. */
export type NewTask = {
  [Kind in TaskKind]: { kind: Kind; parameters: TaskParameters[Kind] }
}[TaskKind]
export type Replay = Extract<NewTask, { kind: `endpoint.${string}` }>

export type BackgroundTask = NewTask & {
  id: TaskId
  environmentId: string
  status: TaskStatus
  /** Where the next step begins; null at the start. */
  cursor: Record<string, string> | null
  data: Record<string, unknown>
  updatedAt: Date
}

/** What a step came to. `waitMs` is how long the next one should wait. */
export type StepResult =
  | {
      status: 'running'
      cursor: BackgroundTask['cursor']
      data: Record<string, unknown>
      waitMs?: number
    }
  | { status: 'finished' | 'failed'; data: Record<string, unknown> }
