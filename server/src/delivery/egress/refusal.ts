// What is said about a URL that may not be called. A refusal for what was typed may name it: that
// reveals nothing. One for what DNS answered says the same to everybody, else endpoints would map
// the operator's network.

export type RefusalReason = 'unparsable' | 'scheme' | 'address' | 'name' | 'port'

export type Refusal = {
  reason: RefusalReason
  /** Learnt from DNS or from the socket, so nothing about it may reach the customer. */
  learnt: boolean
  message: string
  operatorNote: string
}

const MAX_PART = 256

const WHY: Record<RefusalReason, string> = {
  unparsable: 'it is not an absolute URL',
  scheme: 'the scheme',
  address: 'the address',
  name: 'the host name',
  port: 'the port',
}

export function refuseTyped(reason: RefusalReason, part: string, operatorNote: string): Refusal {
  const what =
    reason === 'unparsable' ? WHY.unparsable : `${WHY[reason]} ${part.slice(0, MAX_PART)}`
  const message =
    reason === 'address' || reason === 'name'
      ? `This URL is not allowed: ${what}. Private and special addresses can't be used.`
      : `This URL is not allowed: ${what}.`
  return { reason, learnt: false, message, operatorNote }
}

export function refuseLearnt(operatorNote: string): Refusal {
  return {
    reason: 'address',
    learnt: true,
    message: 'This URL is not allowed here.',
    operatorNote,
  }
}
