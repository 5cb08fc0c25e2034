import { resolve } from 'node:path'
import { styleText } from 'node:util'
import type { Config } from '../config.ts'
import type { FailedAttempt } from '../telemetry.ts'
import { VERSION } from '../version.ts'
import type { DevKey } from './dev.ts'

type Options = { url: string; config: Config; key: DevKey; receiverUrl: string | null }

/** What somebody sees who has just started it: where, with which key, and one line to paste. */
export function printWelcome({ url, config, key, receiverUrl }: Options): void {
  const bold = (text: string) => styleText('bold', text)
  const dim = (text: string) => styleText('dim', text)
  const { databaseUrl, dataDir } = config
  const receiver =
    receiverUrl === null
      ? `none: port ${Number(new URL(url).port) + 1} is in use`
      : `${receiverUrl} ${dim('prints what application "demo" is sent')}`
  console.log(`
${bold(`Bellwire ${VERSION}`)} is ready

  URL        ${bold(url)}
  API key    ${keyLine(key, dataDir, bold)}
  Database   ${databaseUrl === null ? `embedded PostgreSQL 18 in ${dataDir}` : 'DATABASE_URL'}
  Receiver   ${receiver}

Send a webhook:

${curlLine(url, shownToken(key, dataDir))}

${dim('Ctrl-C stops everything.')}
`)
}

/** A delivery that did not arrive, on a line of its own. */
export function printFailedAttempt({ run, url, failure, decision }: FailedAttempt): void {
  const mark = styleText('red', '✗')
  console.log(`${mark} ${run.messageId}  ${url}  ${failure.message} ${styleText('dim', decision)}`)
}

function keyLine(
  { token, isNew }: DevKey,
  dataDir: string,
  bold: (text: string) => string,
): string {
  if (isNew && token !== null) return `${bold(token)}  (kept in ${dataDir}/api-key)`
  if (token !== null) return `in ${dataDir}/api-key`
  return 'make one: npx bellwire keys create my-key'
}

/** The key itself is shown once; later lines read it from where it is kept. */
function shownToken({ token, isNew, isKept }: DevKey, dataDir: string): string {
  if (token === null) return '$BELLWIRE_API_KEY'
  return isNew || !isKept ? token : `$(cat ${resolve(dataDir)}/api-key)`
}

/** One line, with the application in it, so that it works whatever is there already. */
function curlLine(url: string, token: string): string {
  const body =
    '{"eventType":"hello.world","payload":{"text":"it works"},"application":{"uid":"demo","name":"Demo"}}'
  return `curl ${url}/api/v1/app/demo/msg -H "Authorization: Bearer ${token}" -d '${body}'`
}
