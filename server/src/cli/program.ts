// The commands. Each is loaded when it is called, so that `--help` is quick.
import { Command, CommanderError, Option } from 'commander'
import { SCOPES, type Scope } from '../domain/access.ts'
import { VERSION } from '../version.ts'
import { addCatalogCommands } from './catalog-commands.ts'
import { addWebhookCommands } from './webhook-commands.ts'

/** Runs one command line and returns its exit code: 0 done, 1 failed, 2 wrong usage, 3 not allowed or not reachable. */
export async function run(args: string[]): Promise<number> {
  const program = build()
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { report } = await import('./failures.ts')
    return report(error)
  }
}

function build(): Command {
  const program = new Command('bellwire')
    .description('Self-hosted webhooks: send, receive and see them.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(run with --help to see what is possible)')
    .exitOverride()

  program
    .command('dev')
    .description('run everything on this machine: loopback destinations allowed, secrets generated')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire dev\n  BELLWIRE_PORT=9000 bellwire dev\n\nSettings: bellwire serve --settings',
    )
    .action(async () => (await import('./dev.ts')).dev())

  program
    .command('serve')
    .description('run in production: private destinations refused, secrets required')
    .option('--settings', 'print every setting (environment variable) and stop')
    .addHelpText(
      'after',
      '\nExamples:\n  DATABASE_URL=postgres://… BELLWIRE_MAIN_SECRET_FILE=/run/secrets/main bellwire serve\n  bellwire serve --settings',
    )
    .action(async ({ settings }: { settings?: boolean }) => {
      const commands = await import('./serve.ts')
      return settings ? commands.printSettings() : commands.serve()
    })

  program
    .command('migrate')
    .description('bring the database schema up to date and stop')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire migrate\n  DATABASE_URL=postgres://… bellwire migrate',
    )
    .action(async () => (await import('./migrate.ts')).migrateSchema())

  program
    .command('openapi')
    .description('print the OpenAPI document of the HTTP API')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire openapi > openapi.json\n  bellwire openapi | jq .paths',
    )
    .action(async () => (await import('./openapi.ts')).printOpenApi())

  const keys = program.command('keys').description('API keys').helpCommand(false)
  keys
    .command('create')
    .description('make an API key; its token is printed once')
    .argument('<name>', 'what the key is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do')
        .choices(SCOPES)
        .default('full' satisfies Scope),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire keys create "billing service"\n  bellwire keys create ci --json\n  bellwire keys create shop --scope send-only',
    )
    .action(async (name: string, options: { json?: boolean; scope?: Scope }) =>
      (await import('./keys.ts')).createKey(name, options),
    )
  keys
    .command('list')
    .description('list the API keys')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  bellwire keys list\n  bellwire keys list --json')
    .action(async (options: { json?: boolean }) => (await import('./keys.ts')).listKeys(options))
  keys
    .command('revoke')
    .description('revoke an API key; it is refused everywhere within a second')
    .argument('<id>', 'key_… as `keys list` shows it')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire keys revoke key_00000… --yes\n  bellwire keys revoke key_00000…',
    )
    .action(async (id: string, options: { yes?: boolean }) =>
      (await import('./keys.ts')).revokeKey(id, options),
    )

  program
    .command('send')
    .description('send a message through a running server')
    .argument('<app>', 'id or uid of the application')
    .argument('<type>', 'event type, such as lead.create')
    .argument('<json>', 'the payload, a JSON object; - reads it from standard input')
    .option('--event-id <id>', 'your own id of the event; a second message with it is refused')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      '\nBELLWIRE_URL and BELLWIRE_API_KEY say where to and with which key; next to a `bellwire dev` neither is needed.\n\nExamples:\n  bellwire send demo hello.world \'{"text":"it works"}\'\n  echo \'{"id":1}\' | bellwire send demo order.created -',
    )
    .action(
      async (
        app: string,
        type: string,
        payload: string,
        options: { eventId?: string; json?: boolean },
      ) => (await import('./send.ts')).send({ app, type, payload, ...options }),
    )
  addWebhookCommands(program)
  addCatalogCommands(program)
  return program
}
