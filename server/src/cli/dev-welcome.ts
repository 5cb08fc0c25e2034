import { styleText } from 'node:util'
import type { Config } from '../config.ts'
import { VERSION } from '../version.ts'
import type { DevKey } from './dev.ts'

type Options = { url: string; config: Config; key: DevKey; receiverUrl: string | null }

/** What somebody sees who has just started it: where, with which key, and one line to paste. */
export function printWelcome({ url, config, key, receiverUrl }: Options): void {
  const bold = (text: string) => styleText('bold', text)
  const dim = (text: string) => styleText('dim', text)
  const { databaseUrl, dataDir } = config
  console.log(`
${bold(`Bellwire ${VERSION}`)} is ready

  URL        ${bold(url)}
  API key    ${keyLine(key, dataDir, bold)}
  Database   ${databaseUrl === null ? `embedded PostgreSQL 18 in ${dataDir}` : 'DATABASE_URL'}
${receiverUrl === null ? '' : `  Receiver   ${receiverUrl} ${dim('prints what application "demo" is sent')}\n`}
Send a webhook:

${curlLine(url, key.token ?? '$BELLWIRE_API_KEY')}

${dim('Ctrl-C stops everything.')}
`)
}

function keyLine(
  { token, isNew }: DevKey,
  dataDir: string,
  bold: (text: string) => string,
): string {
  if (isNew && token !== null)
    return `${bold(token)}  (shown this once; kept in ${dataDir}/api-key)`
  if (token !== null) return 'as before'
  return 'make one: npx bellwire keys create my-key'
}

/** One line, with the application in it, so that it works whatever is there already. */
function curlLine(url: string, token: string): string {
  const body =
    '{"eventType":"hello.world","payload":{"text":"it works"},"application":{"uid":"demo","name":"Demo"}}'
  return `curl ${url}/api/v1/app/demo/msg -H "Authorization: Bearer ${token}" -d '${body}'`
}
