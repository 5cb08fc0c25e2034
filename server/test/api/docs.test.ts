// /docs holds all of openapi.json and all guides, and none of its links leads nowhere.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { bodyExample, pathExample } from '../../src/api/docs/example.ts'
import { escapeHtml, html } from '../../src/api/docs/html.ts'
import { tagPath } from '../../src/api/docs/layout.ts'
import { listOperations, schemaOf } from '../../src/api/docs/operation.ts'
import { createPages } from '../../src/api/docs/pages.ts'
import { toOpenApi } from '../../src/api/openapi.ts'
import { toTemplate } from '../../src/api/openapi-operations.ts'
import { routes } from '../../src/api/routes.ts'
import { startApi } from './api.ts'

const api = await startApi()
const url = await api.listen()
const document = toOpenApi(routes)
const operations = listOperations(document)
const pages = await createPages(document, 'https://hooks.example.com')
const pageOf = (path: string) => pages.get(path)?.text ?? assert.fail(`no page ${path}`)
const isHtml = ([, { type }]: [string, { type: string }]) => type.startsWith('text/html')

test('every operation has its place, with its path, example, parameters and answers', () => {
  for (const { method, path, operation } of operations) {
    const { operationId, parameters = [], responses } = operation
    const page = pageOf(tagPath(operation.tags[0]!))
    const at = page.indexOf(`<section class="operation" id="${operationId}">`)
    assert.ok(at >= 0, operationId)
    const section = page.slice(at, page.indexOf('</section>', at))
    assert.ok(section.replaceAll('<wbr>', '').includes(`>${path}</code>`), operationId)
    assert.ok(section.includes(`>${method}</span>`), operationId)
    assert.ok(section.includes('<span class="origin">https://hooks.example.com</span>/'))
    const named = [...parameters.map(({ name }) => name), ...Object.keys(responses)]
    for (const name of named) assert.ok(section.includes(`>${name}<`), `${operationId} ${name}`)
  }
})

test('every operation says which tokens may call it', () => {
  const sectionOf = (id: string, tag: string) => pageOf(tagPath(tag)).split(`id="${id}"`)[1]!
  const who = (id: string, tag: string) => /class="who">(.*?)<span/.exec(sectionOf(id, tag))?.[1]
  assert.match(who('v1.message.create', 'Message')!, /full<\/code>, <code>send-only<\/code>\. $/)
  assert.match(who('v1.endpoint.create', 'Endpoint')!, /application token with .*ManageEndpoint</)
  assert.equal(who('v1.health.get', 'Health'), 'No token is needed. ')
})

test('every guide of docs/ is a page, and its Markdown too', async () => {
  const folder = new URL('../../../docs/', import.meta.url)
  for (const file of await readdir(folder)) {
    const path = `/docs/guides/${file.replace('.md', '')}`
    assert.ok(pageOf('/docs').includes(`href="${path}"`), path)
    assert.equal(pageOf(`${path}.md`), await readFile(new URL(file, folder), 'utf8'))
  }
})

test('no link leads nowhere, and no anchor is there twice', () => {
  const anchors = new Map(
    [...pages].filter(isHtml).map(([path, { text }]) => {
      const ids = Array.from(text.matchAll(/ id="([^"]+)"/g), (match) => match[1]!)
      assert.equal(new Set(ids).size, ids.length, `${path} has an anchor twice: ${ids}`)
      return [path, new Set(ids)]
    }),
  )
  const elsewhere = new Set(['/openapi.json', '/assets/icon.svg', '/assets/docs.css'])
  for (const [path, { text }] of [...pages].filter(isHtml)) {
    for (const [, href] of text.matchAll(/ href="([^"]+)"/g)) {
      if (href!.startsWith('https://') || elsewhere.has(href!)) continue
      const [page = '', anchor] = href!.split('#')
      const found = anchors.get(page === '' ? path : page)
      assert.ok(found, `${path} links to ${href}`)
      assert.ok(anchor === undefined || found.has(anchor), `${path} links to ${href}`)
    }
  }
})

test('the body of every example is one that its operation takes', () => {
  for (const { method, path, operation } of operations) {
    const schema = schemaOf(operation.requestBody)
    if (schema === undefined) continue
    const entry = routes.find((one) => one.method === method && toTemplate(one.path) === path)!
    const example = bodyExample(document, schema)
    const { error } = entry.body!.safeParse(example)
    assert.equal(error, undefined, `${operation.operationId}: ${JSON.stringify(example)} ${error}`)
  }
})

test('the path of every example is filled in', () => {
  for (const { path } of operations) assert.doesNotMatch(pathExample(path), /[{}]/)
})

test('pages load nothing but our own two files, and nothing stands inline', () => {
  for (const [path, { text }] of [...pages].filter(isHtml)) {
    assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=|<script>|javascript:/, path)
    const loaded = Array.from(text.matchAll(/<(?:script|link|img)[^>]*?(?:src|href)="([^"]+)"/g))
    for (const [, from] of loaded) assert.match(from!, /^\/assets\//, path)
  }
})

test('what goes into a page is text, whatever it holds', () => {
  assert.equal(
    html`<b>${'<i>&"'}</b>${[false, null, html`<u>`]}`.text,
    '<b>&lt;i&gt;&amp;&quot;</b><u>',
  )
  assert.equal(escapeHtml('`'), '`')
})

test('the server serves them to anybody, strictly and compressed', async () => {
  for (const path of ['/docs', '/docs/', '/docs/api/message', '/docs/guides/errors?from=mail']) {
    const answer = await fetch(`${url}${path}`)
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.match(await answer.text(), /^<!doctype html>/)
  }
  const plain = await fetch(`${url}/docs/guides/errors.md`, {
    headers: { 'accept-encoding': 'identity' },
  })
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.match(plain.headers.get('content-type') ?? '', /^text\/markdown/)
  assert.match(await plain.text(), /^# Errors/)
})

test('a page that is not there is 404 like everything else', async () => {
  for (const path of [
    '/docs/guides/none',
    '/docs/../package.json',
    '/docs/guides/%2e%2e/README.md',
  ]) {
    assert.equal((await fetch(`${url}${path}`)).status, 404, path)
  }
})
