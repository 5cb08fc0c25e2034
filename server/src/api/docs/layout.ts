// What every page of the docs has around it: head, menu with search, content.
import { VERSION } from '../../version.ts'
import type { Guide } from './guides.ts'
import { type Html, html, slug } from './html.ts'
import type { Listed } from './operation.ts'

export type Site = { guides: Guide[]; tags: { name: string; operations: Listed[] }[] }

type Page = { title: string; path: string; content: Html }

export function toPage(site: Site, { title, path, content }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Bellwire docs</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/docs.css">
<script type="module" src="/assets/docs.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="home" href="/docs"><img src="/assets/icon.svg" alt="" width="28" height="28"> Bellwire <span>docs ${VERSION}</span></a>
<a class="menu" href="#menu">Menu</a>
</header>
<div class="frame">
<nav id="menu" aria-label="Docs">
<p class="close"><a href="#content">Close the menu</a></p>
<p class="search" hidden><input type="search" placeholder="Search (press /)" aria-label="Search operations, guides, settings and error codes" autocomplete="off"></p>
<p class="nothing" hidden role="status">Nothing has all of these words.</p>
${guidesMenu(site.guides, path)}
<p class="group">API reference</p>
<ul>${site.tags.map((tag) => tagMenu(tag, path))}</ul>
<p class="group"><a href="/openapi.json">openapi.json</a></p>
</nav>
<main id="content" tabindex="-1">
${content}
</main>
</div>
</body>
</html>
`.text
}

const current = (path: string, here: string) => path === here && html` aria-current="page"`

/** Sections of other pages are there to be found, and shown only then. */
function guidesMenu(guides: Guide[], path: string): Html {
  return html`<p class="group">Guides</p><ul>${guides.map(({ name, title, headings }) => {
    const own = `/docs/guides/${name}`
    return html`<li data-words="${title}"><a href="${own}"${current(path, own)}>${title}</a></li>
${headings.map(({ id, text, level }) => {
  const isShown = path === own && level === 2
  return html`<li class="section" data-words="${title} ${text}"${!isShown && html` data-deep hidden`}><a href="${own}#${id}">${level === 4 ? html`<code>${text}</code>` : text}</a></li>`
})}`
  })}</ul>`
}

export const tagPath = (tag: string) => `/docs/api/${slug(tag)}`

function tagMenu({ name, operations }: Site['tags'][number], path: string): Html {
  const own = tagPath(name)
  return html`<li data-words="${name}"><a href="${own}"${current(path, own)}>${name}</a></li>
${operations.map(
  ({ method, path: template, operation: { operationId, summary } }) =>
    html`<li class="section" data-words="${name} ${method} ${template} ${operationId} ${summary}"${
      path !== own && html` data-deep hidden`
    }><a href="${own}#${operationId}"><span class="method ${method.toLowerCase()}">${method}</span> ${shortened(summary)}</a></li>`,
)}`
}

/** The first sentence is the name; what follows explains. */
const shortened = (summary: string) => summary.split(/[;:,]/)[0]!
