// Every page of the book: nothing in the console, no request to another machine, nothing wider than the
// screen, no serious fault of accessibility; and the search finds what it should. With SHOTS=DIR in
// the environment, pictures of all pages are kept there.
import { readdirSync } from 'node:fs'
import path from 'node:path'

import { dist, expect, expectAccessible, expectToFit, test } from './playwright.mjs'

const pages = readdirSync(dist, { recursive: true })
  .filter((name) => name.endsWith('.html') && name !== '404.html' && !name.startsWith('reference/'))

for (const name of pages) {
  test(name, async ({ page }, { project }) => {
    await page.goto(`/${name}`)
    await expect(page.locator('h1').first()).toBeVisible()
    await page.waitForTimeout(200)  // what it still asks for, after it was loaded
    await expectToFit(page)
    await expectAccessible(page)
    if (process.env.SHOTS) {
      const file = `${name.replace(/\.html$/, '').replaceAll('/', '-')}-${project.name}.png`
      await page.screenshot({ path: path.join(process.env.SHOTS, file), fullPage: true })
    }
  })
}

test('the reference opens', async ({ page }) => {  // the rest of it is Doxygen's own affair
  // for which browsers ask by themselves, and which it does not have
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
  await page.goto('/reference/index.html')
  await expect(page).toHaveTitle(/Gradus/)
})

test('the search finds the backward of softmax', async ({ page }, { project }) => {
  test.skip(project.name === 'phone', 'the same search')
  await page.goto('/index.html')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.locator('#localsearch-input').fill('softmax backward')
  const links = page.locator('.VPLocalSearchBox .result')
  await expect(links.and(page.locator('[href$="softmax.html#the-backward"]'))).toBeVisible()
})
