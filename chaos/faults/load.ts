import type { Fault } from '../fault.ts'

export const loadFaults: Fault[] = []
