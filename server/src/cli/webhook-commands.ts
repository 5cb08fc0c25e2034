// The commands for those who receive webhooks; each is loaded when it is called.
import type { Command } from 'commander'

const collect = (value: string, all: string[] = []) => [...all, value]

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
}
