// Opens every page of the built book in a browser, at the width of a phone and of a desk, light and dark:
// no message in the console, no request to another machine, nothing wider than the screen, no serious
// fault of accessibility; and the search finds what it should.
//
//   node tests/docs/site.mjs [--shots DIR]     after ./run docs; keeps pictures of all pages in DIR
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const docs = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs')
const dist = path.join(docs, '.vitepress/dist')
const require = createRequire(path.join(docs, 'package.json'))
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const shots = process.argv[2] === '--shots' ? process.argv[3] : undefined
const screens = [
  { name: 'phone', width: 390, height: 844, colorScheme: 'light' },
  { name: 'desktop', width: 1280, height: 900, colorScheme: 'dark' },
]
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
                '.svg': 'image/svg+xml', '.png': 'image/png' }

function htmlFiles(folder, prefix = '') {
  return readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(prefix, entry.name)
    if (entry.isDirectory()) return name === 'reference' ? [] : htmlFiles(folder, name)
    return name.endsWith('.html') ? [name] : []
  })
}

const server = createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
  if (name === '/favicon.ico') {  // which browsers ask for by themselves
    response.writeHead(204).end()
    return
  }
  let file = path.join(dist, name)
  if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, 'index.html')
  if (!file.startsWith(dist) || !existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' })
  createReadStream(file).pipe(response)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${server.address().port}`

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
const faults = []
const files = htmlFiles(dist).filter((name) => name !== '404.html')
if (existsSync(path.join(dist, 'reference/index.html'))) files.push('reference/index.html')

async function visit(page, screen, name) {
  const fault = (what) => faults.push(`${name} (${screen.name}): ${what}`)
  const onConsole = (message) => {
    if (['error', 'warning'].includes(message.type())) fault(`console: ${message.text()}`)
  }
  const onError = (error) => fault(`error: ${error.message}`)
  const onRequest = (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) {
      fault(`request to ${request.url()}`)
    }
  }
  const onResponse = (response) => {
    if (response.status() >= 400) fault(`${response.status()} for ${response.url()}`)
  }
  page.on('console', onConsole).on('pageerror', onError).on('request', onRequest)
  page.on('response', onResponse)
  await page.goto(`${origin}/${name}`)
  await page.waitForTimeout(300)  // what it still asks for, after it was loaded

  const ours = !name.startsWith('reference/')  // what Doxygen writes is its own affair
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (ours && wide > 0) fault(`${wide} pixels wider than the screen`)
  if (ours) {
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() =>
      window.axe.run(document, { resultTypes: ['violations'] }))
    for (const { id, impact, nodes } of violations) {
      if (!['serious', 'critical'].includes(impact)) continue
      fault(`${id} (${impact}), ${nodes.length} times, such as ${nodes[0].html.slice(0, 160)}`)
    }
  }
  if (shots) {
    const file = `${name.replace(/\.html$/, '').replaceAll('/', '-')}-${screen.name}.png`
    await page.screenshot({ path: path.join(shots, file), fullPage: true })
  }
  page.off('console', onConsole).off('pageerror', onError).off('request', onRequest)
  page.off('response', onResponse)
}

async function search(page, words, expected) {
  await page.goto(`${origin}/index.html`)
  await page.waitForTimeout(1000)
  await page.keyboard.press('Control+k')
  await page.locator('#localsearch-input').fill(words)
  const found = page.locator('.VPLocalSearchBox .result')
  await found.first().waitFor().catch(() => {})
  const links = await found.evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  if (!links.some((link) => link.includes(expected))) {
    faults.push(`search for "${words}" finds ${links.slice(0, 5).join(', ') || 'nothing'}`)
  }
}

if (shots) mkdirSync(shots, { recursive: true })
for (const screen of screens) {
  const { width, height, colorScheme } = screen
  const context = await browser.newContext({ viewport: { width, height }, colorScheme })
  const page = await context.newPage()
  page.setDefaultTimeout(300000)  // a busy machine is slow, not wrong
  for (const name of files) await visit(page, screen, name)
  if (screen.name === 'desktop') await search(page, 'softmax backward', 'softmax.html#the-backward')
  await context.close()
}
await browser.close()
server.close()

console.log(faults.join('\n') || `${files.length} pages, ${screens.length} screens: nothing wrong`)
process.exit(faults.length ? 1 : 0)
