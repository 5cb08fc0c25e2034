// The commands for the catalogue of event types; each is loaded when it is called.
import { type Command, Option } from 'commander'
import { SIDES, type Side } from '../domain/schema-changes/schema-change.ts'

const FORMATS = ['catalog', 'openapi', 'asyncapi', 'typescript', 'markdown']
const WHAT =
  'a catalogue, an OpenAPI or AsyncAPI document, or a folder with one or with JSON Schemas'
const SERVER =
  '\nBELLWIRE_URL and BELLWIRE_API_KEY say which server; next to a `bellwire dev` neither is needed.'

export function addCatalogCommands(program: Command): void {
  const catalog = program
    .command('catalog')
    .description('event types kept in a repository: compare, apply, export')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire catalog export > catalog.yaml\n  bellwire catalog diff catalog.yaml\n  bellwire catalog apply catalog.yaml',
    )

  catalog
    .command('apply')
    .description('create and change event types as the file says, all of them or none')
    .argument('<file>', WHAT)
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--prune', 'archive event types that are not in it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${SERVER}\n\nExamples:\n  bellwire catalog apply catalog.yaml --dry-run\n  bellwire catalog apply schemas/ --prune`,
    )
    .action(async (file: string, options: { dryRun?: boolean; prune?: boolean; json?: boolean }) =>
      (await import('./catalog.ts')).applyCatalog(file, options),
    )

  catalog
    .command('diff')
    .description('say what `apply` would change')
    .argument('<file>', WHAT)
    .option('--prune', 'as if event types that are not in it were archived')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${SERVER}\n\nExamples:\n  bellwire catalog diff catalog.yaml\n  bellwire catalog diff asyncapi.yaml --json`,
    )
    .action(async (file: string, options: { prune?: boolean; json?: boolean }) =>
      (await import('./catalog.ts')).applyCatalog(file, { ...options, dryRun: true }),
    )

  catalog
    .command('lint')
    .description('name each change that breaks those who send or receive events')
    .argument('<file>', `${WHAT}; with a second one the older of the two`)
    .argument('[newer]', 'compare with this and not with the server, which is not asked')
    .addOption(new Option('--for <side>', 'only what breaks these').choices(SIDES))
    .option('--prune', 'as if event types that are not in it were archived')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nEnds with 1 when a change breaks somebody.${SERVER}\n\nExamples:\n  bellwire catalog lint catalog.yaml\n  bellwire catalog lint old.yaml catalog.yaml --for receivers`,
    )
    .action(
      async (
        path: string,
        newer: string | undefined,
        options: { for?: Side; prune?: boolean; json?: boolean },
      ) => (await import('./catalog.ts')).lintCatalog({ path, newer }, options),
    )

  catalog
    .command('export')
    .description('print the event types of the server as a document')
    .addOption(new Option('--format <format>', 'which').choices(FORMATS).default('catalog'))
    .option('--out <file>', 'write it to a file')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `${SERVER}\n\nExamples:\n  bellwire catalog export --format typescript --out events.ts\n  bellwire catalog export --format openapi | jq .webhooks`,
    )
    .action(async (options: { format: string; out?: string; json?: boolean }) =>
      (await import('./catalog.ts')).exportCatalog(options),
    )
}
