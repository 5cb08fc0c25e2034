// What the requests of an endpoint look like, when that is not the messages as they came.
import type { MessageFacts } from '../domain/delivery.ts'
import type { EndpointShape } from '../domain/endpoint.ts'
import { timeOf } from '../domain/ids.ts'
import type { Shaped, ShapeInput } from '../domain/shape.ts'
import { applyTemplate } from '../domain/templates/templates.ts'
import type { LeasedRun } from './deliver.ts'
import type { Target } from './targets.ts'

/** Runs code of customers; handed in, because that needs threads. */
export type Transform = (
  code: Extract<EndpointShape, { kind: 'code' }>,
  input: ShapeInput,
) => Promise<{ shaped: Shaped }>

type Parts = {
  leased: Pick<LeasedRun, 'run' | 'eventType'> & {
    facts: Pick<MessageFacts, 'channels' | 'params'>
  }
  target: Pick<Target, 'url'>
  payload: Buffer
}

export async function shapeOf(
  shape: EndpointShape,
  { leased, target, payload }: Parts,
  { transform }: { transform: Transform },
): Promise<Shaped> {
  const { messageId } = leased.run
  const { url } = target
  const { channels, params } = leased.facts
  const input = {
    ...{ messageId, at: timeOf(messageId), eventType: leased.eventType, url, payload, channels },
    transformationsParams: params ?? {},
  }
  const shaped =
    shape.kind === 'code'
      ? (await transform(shape, input)).shaped
      : applyTemplate(shape.name, input, shape.parameters)
  if (shaped.kind === 'request' && isDowngrade(url, shaped.url)) {
    return { kind: 'failed', message: 'url must be https://, as that of the endpoint is' }
  }
  return shaped
}

const isDowngrade = (from: string, to: string) =>
  from.startsWith('https:') && !to.toLowerCase().startsWith('https:')
