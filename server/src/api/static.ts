// The web app's files: known names, read once at start. Nothing else is ever looked up on disk.
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const FILES = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/assets/style.css': { name: 'style.css', type: 'text/css; charset=utf-8' },
  '/assets/main.js': { name: 'main.js', type: 'text/javascript; charset=utf-8' },
  '/assets/docs.css': { name: 'docs.css', type: 'text/css; charset=utf-8' },
  '/assets/docs.js': { name: 'docs.js', type: 'text/javascript; charset=utf-8' },
  '/assets/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
} as const

export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': '',
  'cache-control': 'no-cache',
}

/** In a clone the files lie in the web workspace; the published package has a copy. */
const FOLDERS = [
  new URL('../web/', import.meta.url),
  new URL('../../../web/public/', import.meta.url),
]

export async function serveStatic(app: FastifyInstance): Promise<void> {
  for (const [path, { name, type }] of Object.entries(FILES)) {
    const content = await readFirst(name)
    app.get(path, async (_, reply) => {
      reply.headers({ ...SECURITY_HEADERS, 'content-type': type })
      return reply.send(content)
    })
  }
}

async function readFirst(name: string): Promise<Buffer> {
  for (const folder of FOLDERS) {
    try {
      return await readFile(new URL(name, folder))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error(`${name} of the web app is missing: the package is incomplete`)
}
