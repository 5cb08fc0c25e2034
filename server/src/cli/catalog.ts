// The catalogue of event types, kept in a repository: compared with the server's, applied, and exported.
import { writeFile } from 'node:fs/promises'
import { type CatalogDifference, catalogDifference, entryFrom } from '../domain/catalog.ts'
import { SIDES, type Side } from '../domain/schema-changes/schema-change.ts'
import { problemIn, readCatalogDocument } from './catalog-document.ts'
import { countOf, reportOf, summaryOf } from './catalog-report.ts'
import { CommandError } from './failures.ts'
import { ask, call, findServer, refusalOf } from './server-client.ts'

type ApplyOptions = { dryRun?: boolean; prune?: boolean; json?: boolean }
type Answer = CatalogDifference & { dryRun: boolean }

export async function applyCatalog(path: string, options: ApplyOptions): Promise<void> {
  const answer = await importDocument(path, options)
  if (options.json) {
    console.log(JSON.stringify(answer))
    return
  }
  const { lines, breaking } = reportOf(answer)
  for (const line of lines) console.log(line)
  const noted = breaking === 0 ? '' : `; ${countOf(breaking)}`
  const counts = summaryOf(answer) || 'no event types'
  console.error(lines.length === 0 ? `Nothing to change: ${counts}` : `\n${counts}${noted}`)
  if (answer.dryRun && lines.length > 0) console.error('Nothing was changed: this was a dry run.')
}

type LintOptions = { prune?: boolean; for?: Side; json?: boolean }

/** Ends with 1 when something breaks. */
export async function lintCatalog(
  { path, newer }: { path: string; newer: string | undefined },
  options: LintOptions,
): Promise<void> {
  const difference =
    newer === undefined
      ? await importDocument(path, { ...options, dryRun: true })
      : await compareFiles(path, newer)
  const sides = options.for === undefined ? SIDES : [options.for]
  const { lines, breaking } = reportOf(difference, { onlyBreaking: true, sides })
  if (options.json) console.log(JSON.stringify(difference))
  else for (const line of lines) console.log(line)
  if (breaking > 0) throw new CommandError(countOf(breaking))
  console.error('No breaking changes')
}

type ExportOptions = { format: string; out?: string; json?: boolean }

export async function exportCatalog({ format, out, json }: ExportOptions): Promise<void> {
  const server = await findServer()
  const path = `/event-type/export/catalog?format=${encodeURIComponent(format)}`
  const answer = await ask<{ content: string; eventTypes: number }>(server, path)
  const text = json ? `${JSON.stringify(answer)}\n` : answer.content
  if (out === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    await writeFile(out, text)
  } catch (error) {
    throw new CommandError(`${out} cannot be written: ${(error as Error).message}`)
  }
  console.error(`${answer.eventTypes} event types written to ${out}`)
}

async function importDocument(path: string, { dryRun, prune }: ApplyOptions): Promise<Answer> {
  const document = readCatalogDocument(path)
  const { url, apiKey } = await findServer()
  const options = JSON.stringify({ dryRun: dryRun === true, archiveOthers: prune === true })
  const answer = await call(`${url}/api/v1/event-type/import/catalog`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    // In the text it was written in: numbers keep their spelling.
    body: `${options.slice(0, -1)},"spec":${document}}`,
  })
  const body = (await answer.json()) as Answer & { detail?: unknown }
  if (answer.ok) return body
  const [problem] = Array.isArray(body.detail) ? (body.detail as Problem[]) : []
  if (answer.status !== 422 || problem === undefined) throw refusalOf(answer.status, body)
  throw problemIn(path, { path: problem.loc.slice(2), message: problem.msg })
}

type Problem = { loc: string[]; msg: string }

async function compareFiles(older: string, newer: string): Promise<CatalogDifference> {
  const before = await readEntries(older)
  const known = new Map(before.map((read) => [read.name, entryFrom(read, undefined)]))
  const after = await readEntries(newer)
  const entries = after.map((read) => entryFrom(read, known.get(read.name)))
  return catalogDifference([...known.values()], entries, { archiveOthers: true })
}

async function readEntries(path: string) {
  const { readCatalog } = await import('../schemas/read-catalog.ts')
  const read = readCatalog(readCatalogDocument(path), { isYaml: false })
  if ('eventTypes' in read) return read.eventTypes
  throw problemIn(path, read)
}
