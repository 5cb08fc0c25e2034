import process from 'node:process'

globalThis.process ??= process
const { hooks } = await import('./receiving.mjs')
Deno.serve({ port: Number(process.env.PORT), hostname: '127.0.0.1' }, hooks.fetch)
