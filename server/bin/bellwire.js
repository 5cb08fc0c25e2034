#!/usr/bin/env node
// Runs the sources in a clone (Node strips the types) and the build in an installed package.
// Must itself parse and run on old Nodes, so that they get a sentence and not a syntax error.
import { existsSync } from 'node:fs'
import * as module from 'node:module'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`bellwire needs Node.js 24 or newer; this is ${process.version}.`)
  process.exit(1)
}

const source = new URL('../src/main.ts', import.meta.url)
if (existsSync(source)) {
  // The condition under which our own packages resolve to their sources.
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['bellwire-source', ...context.conditions] }),
  })
  await import(source.href)
} else {
  await import('../dist/main.js')
}
