// /docs in a real browser, served by the real server.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startBellwire } from '../../server/test/harness.ts'
import { launchBrowser, noBrowser } from './browser.ts'

const bellwire = await startBellwire()
const browser = noBrowser === false ? await launchBrowser() : null
after(() => browser?.close())

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 900 }
const PATHS = ['/docs', '/docs/api/message', '/docs/api/endpoint', '/docs/guides/configuration']

type Look = { viewport?: typeof PHONE; colorScheme?: 'light' | 'dark' }

/** The page, with everything that the browser complained about and asked for. */
async function open(path: string, { viewport = DESKTOP, colorScheme = 'light' }: Look = {}) {
  const page = await browser!.newPage({ viewport, colorScheme })
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${bellwire.url}${path}`)
  return { page, complaints, asked }
}

for (const path of PATHS) {
  for (const viewport of [PHONE, DESKTOP]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${path} at ${viewport.width} pixels, ${colorScheme}: nothing to complain of, no scrolling sideways`, {
        skip: noBrowser,
      }, async () => {
        const { page, complaints, asked } = await open(path, { viewport, colorScheme })
        assert.deepEqual(complaints, [])
        assert.ok(
          asked.every((url) => url.startsWith(`${bellwire.url}/`)),
          String(asked),
        )
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.equal(overflow, 0)
        await page.close()
      })
    }
  }
}

test('text has enough contrast in both colour schemes', { skip: noBrowser }, async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await open('/docs/api/endpoint', { colorScheme })
    const worst: number = await page.evaluate(WORST_CONTRAST)
    assert.ok(worst >= 4.5, `${worst} in ${colorScheme}`)
  }
})

/** Of all texts on the page: WCAG's ratio between its colour and what lies behind it. */
const WORST_CONTRAST = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * R + 0.7152 * G + 0.0722 * B
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor)
      if (colour[3] > 0) return colour
    }
    return [255, 255, 255]
  }
  const ratios = [...document.querySelectorAll('body *')]
    .filter((it) => [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
    .filter((it) => it.checkVisibility())
    .map((it) => {
      const [a, b] = [light(rgb(getComputedStyle(it).color)), light(behind(it))]
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    })
  return Math.min(...ratios)
})()`

test('the example on the page, with a token in it, does what it says', {
  skip: noBrowser,
}, async () => {
  const { page } = await open('/docs/api/application')
  const section = page.locator('[id="v1.application.create"]')
  const command = (await section.locator('.curl code').textContent()) ?? ''
  const address = /curl (\S+)/.exec(command)?.[1] ?? ''
  assert.equal(address, `${bellwire.url}/api/v1/app`)
  const answer = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${bellwire.token}` },
    body: /-d '(.*)'/s.exec(command)?.[1] ?? '',
  })
  assert.equal(answer.status, 201)
})

test('the search finds operations, settings and codes of other pages, and Enter goes there', {
  skip: noBrowser,
}, async () => {
  const { page } = await open('/docs')
  await page.keyboard.press('/')
  await page.keyboard.type('retention_days')
  const shown = page.locator('#menu li:not([hidden])')
  assert.equal(await shown.count(), 1)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/docs/guides/configuration#bellwire_retention_days')
  await page.getByRole('searchbox').fill('rotate secret')
  await page.locator('#menu li:not([hidden]) a[href$="#v1.endpoint.rotate-secret"]').waitFor()
  await page.getByRole('searchbox').fill('no such thing at all')
  await page.getByRole('status').filter({ hasText: 'Nothing' }).waitFor()
})

test('on a phone the menu opens over the page, leads on, and is gone', {
  skip: noBrowser,
}, async () => {
  const { page } = await open('/docs', { viewport: PHONE })
  const menu = page.getByRole('navigation')
  assert.equal(await menu.isVisible(), false)
  await page.getByRole('link', { name: 'Menu', exact: true }).click()
  await menu.waitFor()
  await menu.getByRole('link', { name: 'Errors' }).click()
  await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor()
  assert.equal(await menu.isVisible(), false)
})

test('without scripts everything is there to read', { skip: noBrowser }, async () => {
  const context = await browser!.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${bellwire.url}/docs/api/message`)
  const command = await page.locator('.curl').first().textContent()
  assert.match(command ?? '', /^curl http:\/\/127\.0\.0\.1:\d+\/api\/v1\//)
  assert.equal(await page.getByRole('searchbox').count(), 0)
  await context.close()
})
