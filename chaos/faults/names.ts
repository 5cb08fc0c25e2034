import type { Fault } from '../fault.ts'

export const nameFaults: Fault[] = []
