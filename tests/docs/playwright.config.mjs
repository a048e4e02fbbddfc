// ./run docs --check: the built book and the pages that the program writes, in a browser, at the width
// of a phone and of a desk, light and dark.
import path from 'node:path'

import { dist, root } from './playwright.mjs'

const port = 4179
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu'],
}

export default {
  testDir: '.',
  outputDir: path.join(root, 'build/site-check'),
  fullyParallel: true,
  workers: 2,
  reporter: 'line',
  timeout: 300_000,  // a busy machine is slow, not wrong
  expect: { timeout: 30_000 },
  use: { baseURL: `http://127.0.0.1:${port}`, launchOptions },
  projects: [
    { name: 'phone', use: { viewport: { width: 390, height: 844 }, colorScheme: 'light' } },
    { name: 'desk', use: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' } },
  ],
  webServer: {
    command: `python3 -m http.server ${port} --bind 127.0.0.1 --directory ${dist}`,
    url: `http://127.0.0.1:${port}/index.html`,
    stderr: 'ignore',  // a line for each request
  },
}
