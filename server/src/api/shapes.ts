// How schemas appear in openapi.json where zod's own words would not do.
import { z } from 'zod'

/** Wire shapes under the names that they have in openapi.json, and in types made from that. */
export const wireShapes = z.registry<{ id: string }>()

/** What a client sends, of a schema whose own input is how our parser hands it over. */
export const onTheWire = <Schema extends z.ZodType>(
  schema: Schema,
  shape: Record<string, unknown>,
): Schema => schema.meta({ wire: shape })
