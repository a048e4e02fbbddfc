// Which pages exist, for the list on the start page.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const docs = path.dirname(fileURLToPath(import.meta.url))

export default {
  load: () =>
    readdirSync(docs)
      .filter((name) => name.endsWith('.md'))
      .map((name) => '/' + name.replace(/\.md$/, '')),
}
