// The pages of the docs, made from openapi.json and docs/*.md: nothing in them is written twice.
import type { Document } from '../openapi.ts'
import { readGuides } from './guides.ts'
import { html, prose, trusted } from './html.ts'
import { type Site, tagPath, toPage } from './layout.ts'
import { breakable, listOperations, toSection } from './operation.ts'

export type Pages = Map<string, { type: string; text: string }>

/** Path → page. `origin` is where examples send to until the browser knows better. */
export async function createPages(document: Document, origin: string): Promise<Pages> {
  const guides = await readGuides()
  const operations = listOperations(document)
  const tags = document.tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }))
  const site: Site = { guides, tags }
  const pages: Pages = new Map()
  const add = (path: string, title: string, content: ReturnType<typeof html>) =>
    pages.set(path, {
      type: 'text/html; charset=utf-8',
      text: toPage(site, { path, title, content }),
    })

  add('/docs', 'Start', toStart(document, site))
  for (const { name, operations } of tags) {
    const sections = operations.map((listed) => toSection(document, listed, origin))
    add(tagPath(name), name, html`<h1>${name}</h1>${contents(operations)}${sections}`)
  }
  for (const { name, title, html: text, markdown } of guides) {
    add(`/docs/guides/${name}`, title, html`<article>${trusted(text)}</article>`)
    pages.set(`/docs/guides/${name}.md`, {
      type: 'text/markdown; charset=utf-8',
      text: markdown,
    })
  }
  return pages
}

function toStart({ info }: Document, { guides, tags }: Site) {
  const paragraphs = String(info['description']).split('\n\n')
  return html`<h1>Bellwire</h1>
<p class="lead">Send webhooks to your customers, and see what was sent, what came back and why it failed. These pages belong to the version that serves them.</p>
<h2 id="guides">Guides</h2>
<ul class="cards">${guides.map(
    ({ name, title, about }) =>
      html`<li><a href="/docs/guides/${name}">${title}</a> <span>${prose(about)}</span></li>`,
  )}</ul>
<h2 id="reference">API reference</h2>
${paragraphs.map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
<p><a href="/openapi.json">openapi.json</a> is the same for machines; with a token it also has your event types as webhooks.</p>
${tags.map(
  ({ name, operations }) =>
    html`<h3 id="${tagPath(name).replace('/docs/api/', '')}"><a href="${tagPath(name)}">${name}</a></h3>${contents(operations, tagPath(name))}`,
)}`
}

function contents(operations: Site['tags'][number]['operations'], page = '') {
  return html`<ul class="contents">${operations.map(
    ({ method, path, operation: { operationId, summary } }) =>
      html`<li><a href="${page}#${operationId}"><span class="method ${method.toLowerCase()}">${method}</span> <code>${breakable(path.replace(/^\/api\/v1/, ''))}</code> <span>${summary}</span></a></li>`,
  )}</ul>`
}
