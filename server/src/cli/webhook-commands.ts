// The commands for those who receive webhooks; each is loaded when it is called.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ListenOptions } from './listen.ts'

const collect = (value: string, all: string[] = []) => [...all, value]

/** Between two bounds, both allowed. */
const wholeNumber = (least: number, most: number) => (value: string) => {
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`)
}

export function addWebhookCommands(program: Command): void {
  program
    .command('verify')
    .description('say whether the signature of a request matches, and if not, why')
    .argument('[file]', 'a capture as JSON, or the request as it went over the wire; - reads it')
    .option('--provider <name>', 'who sent it, such as stripe; found out by its headers otherwise')
    .option('--variant <name>', "which of the provider's schemes")
    .option('--scheme <file>', 'a scheme of your own, as sources have it')
    .option('--secret <secret>', 'the secret; several may be given', collect)
    .option('--secret-file <file>', 'the secret, read as it stands')
    .option('--header <header>', '"Name: value"; several may be given', collect)
    .option('--body <file>', 'the bytes of the body; - reads them from standard input')
    .option('--method <method>', 'POST unless the file says otherwise')
    .option('--url <url>', 'the URL that the provider was given, for those that sign it')
    .option('--at <time>', 'when it arrived; what the file says, or now')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nEnds with 0 when it matches, with 1 when it does not.\n\nExamples:\n  bellwire verify capture.json --provider stripe --secret whsec_…\n  bellwire verify --provider github --secret-file secret.txt --header 'X-Hub-Signature-256: sha256=…' --body body.json",
    )
    .action(async (file: string | undefined, options: object) =>
      (await import('./verify.ts')).verify(file, options),
    )

  program
    .command('trigger')
    .description("send a test event: a provider's, signed as it signs, or of your own event types")
    .argument('[event]', 'such as stripe.invoice.paid; with --app the name of an event type')
    .option('--list', 'list the events of providers')
    .option('--to <url>', 'send it to a URL')
    .option('--source <source>', 'send it to a source, by id or uid')
    .option('--bin <bin>', 'send it to a bin')
    .option(
      '--app <app>',
      "the first example of your event type's schema, as a message of this application",
    )
    .option('--secret <secret>', 'the one that the receiver has')
    .option('--variant <name>', "which of the provider's schemes")
    .option('--url <url>', 'the URL that is signed, where it is not the one it goes to')
    .option(
      '--set <path=value>',
      'change a field: data.object.total=100; several may be given',
      collect,
    )
    .option('--add <path=json>', 'the same, also where nothing is yet', collect)
    .option('--unset <path>', 'take a field away', collect)
    .option('--header <header>', '"Name: value", instead of its own of that name', collect)
    .option('--body <file>', 'send these bytes instead; - reads them')
    .option('--count <n>', 'how many, each with an id of its own', wholeNumber(1, 1_000))
    .option('--parallel <n>', 'how many at once', wholeNumber(1, 50))
    .option('--duplicate', 'send each twice, the same bytes')
    .option(
      '--stale <seconds>',
      'signed this long ago; a negative number is in the future',
      wholeNumber(-1e9, 1e9),
    )
    .option('--bad-signature', 'signed with another secret')
    .option('--unsigned', 'without a signature')
    .option('--print', 'print it as a curl command instead')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwire trigger --list\n  bellwire trigger stripe.invoice.paid --to http://localhost:3000/hooks --secret whsec_…\n  bellwire trigger github.push --source github --secret … --count 20\n  bellwire trigger order.created --app acme',
    )
    .action(async (event: string | undefined, options: object) =>
      (await import('./trigger.ts')).trigger(event, options),
    )

  program
    .command('listen')
    .description('bring webhooks to a server on this machine, byte for byte')
    .argument('<port>', 'where the local server listens')
    .option('--source <source>', 'what a source accepts, by id or uid')
    .option('--bin <bin>', 'what arrives at a bin')
    .option('--app <app>', 'the deliveries of an application, signed, by id or uid')
    .option('--path <path>', 'stands before the rest of the path, such as /hooks', '')
    .addOption(
      new Option('--host-header <which>', 'as it came, or that of the local server').choices([
        'keep',
        'local',
      ]),
    )
    .option('--events <types>', 'of a source or an application, with commas between')
    .option(
      '--filter <json>',
      'only what this holds for, as filters of endpoints (docs/filters.md)',
    )
    .option('--since <time>', 'also what came since: 15m, 2h, or 2026-01-01T12:00:00Z')
    .option('--secret <secret>', 'of an application: sign with this one, such as whsec_…')
    .option('--no-relay', "of a bin: senders get the bin's answer, not that of the local server")
    .option('--method <method>', 'only these, such as POST')
    .option(
      '--wait-local <seconds>',
      'for a local server that is starting',
      wholeNumber(0, 3_600),
      5,
    )
    .option('--max-connections <n>', 'how many at once; 1 keeps the order', wholeNumber(1, 100), 10)
    .option('--json', 'print a line of JSON for each')
    .addHelpText(
      'after',
      '\nBELLWIRE_URL and BELLWIRE_API_KEY say which server; next to a `bellwire dev` neither is needed.\n\nExamples:\n  bellwire listen 3000 --source stripe --path /hooks --events stripe.invoice.paid\n  bellwire listen 3000 --bin bin_…\n  bellwire listen 3000 --app acme --path /webhooks',
    )
    .action(async (port: string, options: ListenOptions) =>
      (await import('./listen.ts')).listen(port, options),
    )
}
