/** A named condition that filters of endpoints may name. */
export type Segment = {
  name: string
  description: string
  /** As its owner wrote it. */
  filter: object
  createdAt: Date
  updatedAt: Date
}
