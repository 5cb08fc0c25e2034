import type { RunKey, Verdict } from '../../domain/delivery.ts'
import { STATUS_NUMBERS } from '../../domain/delivery.ts'
import { type AttemptId, type EndpointId, toUuid } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Pool } from '../connect.ts'
import { STORE_EVENTS } from '../operational-messages.ts'
import { jsonList, numbers, texts, uuids } from './array-parameter.ts'
import { findAttemptEvents } from './find-attempt-events.ts'

// One round trip for all results that came back together. `leased_by` is the fence: a run that was
// taken from this node since (it froze, others went on) keeps its state, and only the attempt is noted,
// because the receiver did see it. Attempts carry their own id, so repeating the statement after an
// unknown outcome inserts nothing twice. Rows are found by a probe each and then changed by ctid: a join
// by key becomes a scan of the whole table when its statistics are stale; see claim-deliveries.ts.
// Where nothing can have been written of these results before, the first time that they are written and
// without resends, no insert looks for a row that is there already: a tenth of the time.
// A resend that succeeded also ends the schedule; one that failed leaves it as it was.
const SCHEDULE_ENDED = `  ), schedule_ended as (
    delete from pending_delivery p
     using (select s.at from closed c cross join lateral (
              select ctid as at from pending_delivery
               where message_id = c.message_id and endpoint_id = c.endpoint_id and resend = 0
               limit 1 for update) s
             where c.resend > 0 and c.status = 1) o
     where p.ctid = o.at
`
const ONCE_MORE = `select distinct on (message_id, endpoint_id) message_id, endpoint_id, status, reason, attempts, rule
      from closed c
     where c.resend = 0 or c.status = 1
        or not exists (select from pending_delivery s
                        where s.message_id = c.message_id and s.endpoint_id = c.endpoint_id and s.resend = 0)
     order by message_id, endpoint_id, status
        on conflict (message_id, endpoint_id) do update
           set status = excluded.status, reason = excluded.reason, rule = excluded.rule, finished_at = now()
         -- A resend of what was held back is the first that is known of it.
         where excluded.status = 1 and finished_delivery.status <> 1 or finished_delivery.status = 4`

const writing = ({ afterOthers }: { afterOthers: boolean }) => `
  with result as materialized (
    select r.*, substring($1::bytea from r.starts + 1 for r.bytes) as response_body
      from rows from (
             unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::smallint[], $6::text[], $7::int[],
                    $8::smallint[], $9::uuid[], $10::text[], $12::smallint[],
                    $14::text[], $15::text[], $16::text[], $17::text[], $18::int[], $19::int[], $20::int[], $21::uuid[]),
             json_array_elements($11::json), json_array_elements($13::json))
           as r (message_id, endpoint_id, resend, status, reason, delay_ms,
                 attempts, attempt_id, url, response_status,
                 failure_code, failure_detail, failure_message, operator_note, duration_ms, starts, bytes, leased_by,
                 request_headers, response_headers)
  ), noted as (
    insert into attempt (id, message_id, endpoint_id, resend, succeeded, url, request_headers,
                         response_status, response_headers, response_body, failure_code,
                         failure_detail, failure_message, operator_note, duration_ms)
    select attempt_id, message_id, endpoint_id, resend, failure_code is null, url, request_headers,
           response_status, case when response_status is not null then response_headers end,
           response_body, failure_code, failure_detail, failure_message, operator_note, duration_ms
      from result
     where attempt_id is not null
        ${afterOthers ? 'on conflict do nothing' : ''}
  ), held as materialized (
    select p.at, r.*
      from result r
     cross join lateral (
       select ctid as at
         from pending_delivery
        where message_id = r.message_id and endpoint_id = r.endpoint_id and resend = r.resend
          and leased_by = r.leased_by
        limit 1 for update
     ) p
  ), retried as (
    update pending_delivery p
       set attempts = r.attempts, due_at = now() + r.delay_ms * interval '1 ms', leased_by = null
      from held r
     where r.status = 0 and p.ctid = r.at
  ), closed as (
    delete from pending_delivery p
     using held r
     where r.status > 0 and p.ctid = r.at
    returning p.message_id, p.endpoint_id, p.resend, r.status, r.reason, r.attempts,
              -- Of what was held back there was no attempt that could have failed.
              case when r.attempt_id is null then r.failure_message end as rule
${afterOthers ? SCHEDULE_ENDED : ''}  ), finished as (
    insert into finished_delivery (message_id, endpoint_id, status, reason, attempts, rule)
${
  afterOthers
    ? ONCE_MORE
    : 'select message_id, endpoint_id, status, reason, attempts, rule from closed'
}
  ), recovered as (
    delete from endpoint_health where endpoint_id = any ($22::uuid[])
  )`

const record = (write: string) => `${write}
  select count(*)::int as closed from closed`

// What operators asked to be told of is stored with the results themselves. Only of runs that are held:
// so a repetition, or a node that lost the run, tells nothing. A statement of its own, because batches
// without such an event, the many, must not pay for it.
const RECORD_AND_TELL = `${writing({ afterOthers: true })}, event as materialized (
    select v.id, v.environment_id, v.type, v.payload
      from unnest($23::uuid[], $24::uuid[], $25::bigint[], $26::uuid[], $27::uuid[], $28::text[], $29::text[])
           as v (message_id, endpoint_id, resend, id, environment_id, type, payload)
      join held using (message_id, endpoint_id, resend)
  ), ${STORE_EVENTS}
  select count(*)::int as queued from queued`

const RECORD_FIRST = record(writing({ afterOthers: false }))
const RECORD_AFTER_OTHERS = record(writing({ afterOthers: true }))

/** An attempt as it was made; null for a run that ended without one. */
export type MadeAttempt = {
  id: AttemptId
  url: string
  /** Name, value, name, value, …; what is secret is masked. */
  requestHeaders: string[]
  outcome: Outcome
}
export type RunResult = {
  run: RunKey
  /** The node that the run was leased to when its attempt began. */
  nodeId: string
  verdict: Verdict
  attempt: MadeAttempt | null
}

/** How much of a response body is kept: what the API shows of it. */
const MAX_STORED_BODY = 20_000

/**
 * Writes attempts and the state of their deliveries, and what is to be told of them. Returns whether
 * that made anything free and due. `isRepeated`: a try before may have written it all the same.
 */
export async function recordOutcomes(
  pool: Pool,
  results: RunResult[],
  { isRepeated = false } = {},
): Promise<boolean> {
  const values = toValues(results)
  const events = await findAttemptEvents(pool, results)
  if (events.length === 0) {
    const isFirst = !isRepeated && results.every(({ run }) => run.resend === 0)
    await pool.query(
      isFirst
        ? { name: 'record_first', text: RECORD_FIRST, values }
        : { name: 'record_after_others', text: RECORD_AFTER_OTHERS, values },
    )
    return false
  }
  const { rows } = await pool.query<{ queued: number }>({
    name: 'record_outcomes_and_tell',
    text: RECORD_AND_TELL,
    values: [
      ...values,
      uuids(events.map(({ result }) => toUuid(result.run.messageId))),
      uuids(events.map(({ result }) => toUuid(result.run.endpointId))),
      numbers(events.map(({ result }) => result.run.resend)),
      uuids(events.map(({ id }) => id)),
      uuids(events.map(({ environmentUuid }) => environmentUuid)),
      texts(events.map(({ type }) => type)),
      texts(events.map(({ payload }) => payload)),
    ],
  })
  return rows[0]!.queued > 0
}

function toValues(results: RunResult[]) {
  const { bytes, starts, lengths } = joinBodies(results)
  const healthy = new Set<EndpointId>()
  for (const { run, attempt } of results) {
    if (attempt?.outcome.kind === 'delivered') healthy.add(run.endpointId)
  }
  return [
    bytes,
    uuids(results.map(({ run }) => toUuid(run.messageId))),
    uuids(results.map(({ run }) => toUuid(run.endpointId))),
    numbers(results.map(({ run }) => run.resend)),
    numbers(results.map(({ verdict }) => statusNumber(verdict))),
    texts(results.map(({ verdict }) => ('reason' in verdict ? verdict.reason : null))),
    numbers(results.map(({ verdict }) => (verdict.status === 'retry' ? verdict.delayMs : null))),
    numbers(results.map(({ verdict }) => verdict.attempts)),
    uuids(results.map((result) => (isStored(result) ? toUuid(result.attempt!.id) : null))),
    texts(results.map(({ attempt }) => attempt?.url)),
    jsonList(results.map(({ attempt }) => attempt && JSON.stringify(attempt.requestHeaders))),
    numbers(results.map(({ attempt }) => attempt?.outcome.answer?.status)),
    jsonList(results.map(({ attempt }) => headersJson(attempt))),
    texts(results.map((result) => failureOf(result)?.code)),
    texts(results.map((result) => failureOf(result)?.detail)),
    texts(results.map((result) => ruleOf(result) ?? failureOf(result)?.message)),
    texts(results.map((result) => failureOf(result)?.operatorNote)),
    numbers(results.map(({ attempt }) => attempt && Math.round(attempt.outcome.durationMs))),
    numbers(starts),
    numbers(lengths),
    uuids(results.map(({ nodeId }) => nodeId)),
    uuids([...healthy].map(toUuid)),
  ]
}

const statusNumber = (verdict: Verdict) =>
  verdict.status === 'retry' ? 0 : STATUS_NUMBERS[verdict.status]

const failureOf = ({ attempt }: RunResult) =>
  attempt?.outcome.kind === 'failed' ? attempt.outcome.failure : null

const ruleOf = ({ verdict }: RunResult) => ('rule' in verdict ? verdict.rule : null)

/** What never left this machine is no attempt: receivers saw nothing of it. */
const isStored = (result: RunResult) =>
  result.attempt !== null && failureOf(result)?.code !== 'local_failure'

const headersJson = (attempt: MadeAttempt | null) =>
  attempt?.outcome.answer === undefined ? null : JSON.stringify(attempt.outcome.answer.headers)

/** All response bodies as one binary parameter that the statement cuts: see accept-messages.ts. */
function joinBodies(results: RunResult[]) {
  const parts: Buffer[] = []
  const starts: number[] = []
  const lengths: (number | null)[] = []
  let end = 0
  for (const { attempt } of results) {
    const body = attempt?.outcome.answer?.body.subarray(0, MAX_STORED_BODY)
    starts.push(end)
    lengths.push(body?.length ?? null)
    if (body === undefined || body.length === 0) continue
    parts.push(body)
    end += body.length
  }
  return { bytes: Buffer.concat(parts, end), starts, lengths }
}
