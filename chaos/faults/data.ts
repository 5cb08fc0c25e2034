import type { Fault } from '../fault.ts'

export const dataFaults: Fault[] = []
