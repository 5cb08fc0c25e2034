import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const executablePath = PLACES.find((path) => existsSync(path))

/** For `test(…, { skip })`: why the browser tests cannot run here, or false. */
export const noBrowser: string | false =
  executablePath === undefined
    ? `no Chromium is installed (looked for ${PLACES.join(', ')})`
    : false

export function launchBrowser(): Promise<Browser> {
  // As root Chromium has no sandbox; /dev/shm is small in many containers.
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
  })
}
