import type { Fault } from '../fault.ts'

export const receiverFaults: Fault[] = []
