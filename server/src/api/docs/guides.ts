// The guides: Markdown of ours, read once, as pages with anchors.
import { readdir, readFile } from 'node:fs/promises'
import { slug } from './html.ts'

export type Heading = { id: string; text: string; level: number }
export type Guide = {
  name: string
  title: string
  /** Its sections, or what it begins with. */
  about: string
  /** What somebody may look for: sections, and the codes and settings of tables. */
  headings: Heading[]
  html: string
  markdown: string
}

/** Read in this order; others follow by name. */
const ORDER = ['getting-started', 'api', 'sdk', 'tokens', 'deliveries', 'replay', 'errors']

/** In a clone they lie at its root; the published package has a copy. */
const FOLDERS = [
  new URL('../../docs/', import.meta.url),
  new URL('../../../../docs/', import.meta.url),
]

export async function readGuides(): Promise<Guide[]> {
  const files = await readFolder()
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  files.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
  return Promise.all(files.map(({ name, markdown }) => toGuide(name, markdown)))
}

async function readFolder(): Promise<{ name: string; markdown: string }[]> {
  for (const folder of FOLDERS) {
    try {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.md'))
      return await Promise.all(
        names.map(async (name) => ({
          name: name.replace(/\.md$/, ''),
          markdown: await readFile(new URL(name, folder), 'utf8'),
        })),
      )
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error('the guides are missing: the package is incomplete')
}

export async function toGuide(name: string, markdown: string): Promise<Guide> {
  // Only who reads the docs needs it.
  const { Marked, TextRenderer } = await import('marked')
  const headings: Heading[] = []
  const texts = new TextRenderer()
  /** Two sections of one name get two anchors. */
  function anchor(text: string, level: number): string {
    const base = slug(text)
    const before = headings.filter((heading) => slug(heading.text) === base).length
    const id = before === 0 ? base : `${base}-${before + 1}`
    headings.push({ id, text, level })
    return id
  }
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens)
        if (depth === 1) return `<h1>${inner}</h1>\n`
        const id = anchor(toPlain(this.parser.parseInline(tokens, texts)), depth)
        return `<h${depth} id="${id}"><a href="#${id}">${inner}</a></h${depth}>\n`
      },
      table(token) {
        const inner = (cell: (typeof token.header)[number]) => this.parser.parseInline(cell.tokens)
        const names = token.header.map(inner)
        // On a phone a row is a card, and each cell says of which column it is.
        const cells = (row: typeof token.header) =>
          row
            .map((cell, column) => {
              const label = column === 0 ? '' : ` data-label="${names[column]}"`
              return `<td${label}>${inner(cell)}</td>`
            })
            .join('')
        const body = token.rows.map((row) => {
          const [first] = row[0]?.tokens ?? []
          const id = first?.type === 'codespan' ? anchor(first.text, 4) : null
          return `<tr${id === null ? '' : ` id="${id}"`}>${cells(row)}</tr>`
        })
        const head = names.some((name) => name !== '')
          ? `<thead><tr>${names.map((name) => `<th>${name}</th>`).join('')}</tr></thead>`
          : ''
        return `<div class="scroll"><table>${head}<tbody>${body.join('\n')}</tbody></table></div>\n`
      },
      link({ href, tokens }) {
        return `<a href="${toPath(href)}">${this.parser.parseInline(tokens)}</a>`
      },
    },
  })
  const html = marked.parse(markdown, { async: false })
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? name
  const sections = headings.filter(({ level }) => level === 2).slice(0, 4)
  const about =
    sections.length > 0
      ? sections.map(({ text }) => text).join(' · ')
      : (/^[^#\n].*?(?=\.(\s|$)|;|:$)/m.exec(markdown)?.[0] ?? '')
  return { name, title, about, headings, html, markdown }
}

/** Links between files of the repository as links between pages. */
function toPath(href: string): string {
  if (href === '../openapi.json') return '/openapi.json'
  const [, name, hash = ''] = /^([\w-]+)\.md(#.+)?$/.exec(href) ?? []
  return name === undefined ? href : `/docs/guides/${name}${hash}`
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}
const toPlain = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (one) => ENTITIES[one]!)
