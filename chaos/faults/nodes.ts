import type { Fault } from '../fault.ts'

export const nodeFaults: Fault[] = []
