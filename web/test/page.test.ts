// The page at `/`, in a real browser, served by the real server.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startBellwire } from '../../server/test/harness.ts'
import { launchBrowser, noBrowser } from './browser.ts'

const bellwire = await startBellwire()
const browser = noBrowser === false ? await launchBrowser() : null
after(() => browser?.close())

/** The page at a width and in a colour scheme, with everything that the browser complained about. */
async function open(width: number, colorScheme: 'light' | 'dark') {
  const page = await browser!.newPage({ viewport: { width, height: 800 }, colorScheme })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(bellwire.url)
  return { page, complaints }
}

test('the page says that the server is ready, and the browser has nothing to complain of', {
  skip: noBrowser,
}, async () => {
  const { page, complaints } = await open(1280, 'light')
  await page.getByRole('status').filter({ hasText: 'Running' }).waitFor()
  assert.deepEqual(complaints, [])
})

test('the command on the page, with a key in it, sends a message', {
  skip: noBrowser,
}, async () => {
  const { page } = await open(1280, 'light')
  const command = (await page.locator('#curl').textContent()) ?? ''
  const body = /-d '(.*)'/s.exec(command)?.[1]
  const url = /curl (\S+)/.exec(command)?.[1]
  const answer = await fetch(url!, {
    method: 'POST',
    headers: { authorization: `Bearer ${bellwire.token}` },
    body: body!,
  })
  assert.equal(answer.status, 202)
})

for (const width of [390, 1280])
  test(`at ${width} pixels the page does not scroll sideways`, { skip: noBrowser }, async () => {
    const { page } = await open(width, 'dark')
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    assert.equal(overflow, 0)
  })
