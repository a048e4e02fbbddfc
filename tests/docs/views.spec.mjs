// The view of attention answers the mouse, the keyboard and its slider: in a page of the book, and in
// the pages that a small training writes, attention.html and report.html.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, expectAccessible, expectToFit, root, test } from './playwright.mjs'

const gradus = path.join(root, 'build/release/bin/gradus')

// A directory with a run of two checkpoints, its report, and attention.html through both.
const trained = test.extend({
  folder: [async ({}, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gradus-views-'))
    const run = (...options) => execFileSync(gradus, ['bert', ...options], { cwd: folder, stdio: 'pipe' })
    run('pretrain', '--text', path.join(root, 'models/data/linden-bay.en.txt'), '--out', 'run', '--quiet',
        '--config', 'tiny', '--vocab-size', '300', '--batch', '2', '--seq', '32', '--long-part', '0',
        '--steps', '4', '--checkpoint-every', '2', '--evaluate-every', '2')
    run('attention', '--run', 'run', 'The [MASK] sings.', 'It is spring.', '--html', 'attention.html')
    await use(folder)
    rmSync(folder, { recursive: true })
  }, { scope: 'worker' }],
})

// `view` is where the view stands; `first` and `last` are the steps at the ends of its slider.
async function expectToAnswer(page, view, first, last) {
  const heads = view.getByRole('gridcell'), name = view.locator('#head-name')
  await expect(name).toHaveText('Layer 1, head 1')

  // the mouse
  const looker = view.locator('#queries .token').nth(2)
  await looker.hover()
  await expect(view.locator('#looks-name')).toHaveText(/looks at$/)
  await expect(view.locator('#keys .token i').filter({ hasText: '%' })).not.toHaveCount(0)
  await name.hover()
  await expect(view.locator('#looks-name')).toHaveText('One token')
  await heads.last().click()
  await expect(name).toHaveText(/^Layer ([24]), head \1$/)

  // the keyboard, with the mouse out of the way: what scrolls under it is pointed at
  await heads.first().click()
  await page.mouse.move(0, 0)
  await page.keyboard.press('ArrowRight')
  await expect(name).toHaveText('Layer 1, head 2')
  await page.keyboard.press('ArrowDown')
  await expect(name).toHaveText('Layer 2, head 2')
  await view.locator('#keys .token').first().focus()
  await page.keyboard.press('ArrowDown')
  await expect(view.locator('#keys .token').nth(1)).toBeFocused()
  await expect(view.locator('#looks-name')).toHaveText(/is looked at by$/)
  await page.keyboard.press('Escape')
  await expect(view.locator('#looks-name')).toHaveText('One token')
  await view.getByRole('tab', { name: 'Matrix' }).click()
  await view.locator('#cells').focus()
  await page.keyboard.press('ArrowDown')
  await expect(view.locator('#cell-name')).toHaveText(/→ .*%$/)

  // the slider
  const step = view.locator('#step-name'), guesses = view.locator('#masks li')
  await expect(step).toHaveText(last)
  const before = await guesses.allTextContents()
  await view.getByRole('slider').press('Home')
  await expect(step).toHaveText(first)
  expect(await guesses.allTextContents()).not.toEqual(before)
  await view.getByRole('slider').press('End')
  await expect(step).toHaveText(last)
  expect(await guesses.allTextContents()).toEqual(before)
}

test('the view in a chapter', async ({ page }) => {
  await page.goto('/looking-inside.html')
  await expectToAnswer(page, page.locator('.attention-view').first(), '0', '1,900')
})

test('the view in a chapter follows the switch to light or dark', async ({ page }, { project }) => {
  test.skip(project.name === 'phone', 'the switch is in a menu there')
  await page.goto('/looking-inside.html')
  const panel = page.locator('.attention-view .panel').first()
  await expect(panel).toHaveCSS('background-color', 'rgb(27, 29, 32)')
  await page.locator('.VPNavBarAppearance button').click()
  await expect(panel).toHaveCSS('background-color', 'rgb(255, 255, 255)')
})

trained('the page of gradus bert attention', async ({ page, folder }) => {
  await page.goto(`file://${folder}/attention.html`)
  await expectToFit(page)
  await expectAccessible(page)
  await expectToAnswer(page, page.locator('main'), '2', '4')
})

trained('the report of a training', async ({ page, folder }) => {
  await page.goto(`file://${folder}/run/report.html`)
  await expectToFit(page)
  await expectAccessible(page)
  const legend = page.locator('#loss .legend')
  await expect(legend).not.toContainText('at step')
  await page.locator('#loss svg').hover()
  await expect(legend).toContainText('at step')
  await expectToAnswer(page, page.locator('#attention'), '2', '4')
})
