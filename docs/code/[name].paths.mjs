import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { testPages } from '../.vitepress/annotated.mjs'

const docs = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

export default { paths: () => testPages(docs) }
