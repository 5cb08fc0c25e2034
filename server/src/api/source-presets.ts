import { z } from 'zod'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PresetOut = z
  .object({
    name: z.string(),
    title: z.string(),
    variants: z.array(z.string()),
    docs: z.string(),
    replyWithinSeconds: z.number(),
  })
  .register(wireShapes, { id: 'SourcePresetOut' })

export const listSourcePresets = route({
  method: 'GET',
  path: '/api/v1/source-preset',
  access: 'environment',
  operationId: 'bellwire.source-preset.list',
  summary: 'List the providers that a source can be made for by name',
  status: 200,
  output: z.object({ data: z.array(PresetOut) }),
  handle: async (_, { sourcePresets }) => ({ data: sourcePresets() }),
})
