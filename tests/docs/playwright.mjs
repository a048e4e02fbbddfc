// Playwright and axe, which are installed in docs/; and what every page is held to while it is used.
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
export const dist = path.join(root, 'docs/.vitepress/dist')

const require = createRequire(path.join(root, 'docs/package.json'))
const { test: base, expect } = require('@playwright/test')
const { AxeBuilder } = require('@axe-core/playwright')

// `page` notes what must not happen: messages in the console, errors, requests to other machines,
// answers that fail. The test fails by them at its end.
const test = base.extend({
  page: async ({ page, baseURL }, use) => {
    const faults = []
    const isOurs = (url) => url.startsWith(baseURL) || /^(data|blob|file):/.test(url)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
    page.on('request', (request) => {
      if (!isOurs(request.url())) faults.push(`request to ${request.url()}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${response.status()} for ${response.url()}`)
    })
    await use(page)
    expect(faults).toEqual([])
  },
})

async function expectToFit(page) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(wider, 'pixels wider than the screen').toBeLessThanOrEqual(0)
}

async function expectAccessible(page) {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()  // which runs in the page itself, and is faster: it has no frames
    .exclude('pre .line:nth-child(n + 4)')  // other lines have the same colours
    .analyze()
  const serious = violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}, ${nodes.length} times: ${nodes[0].html.slice(0, 160)}`)
  expect(serious).toEqual([])
}

export { expect, expectAccessible, expectToFit, test }
