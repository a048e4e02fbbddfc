// The book as a VitePress site. Nothing in it is fetched from another machine.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vitepress'

import { annotatedSource, sourcePages } from './annotated.mjs'
import { chapters, guides, tables } from './book.mjs'
import { inlineFigures } from './figures.mjs'

const docs = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
// three steps: what the name means
const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">' +
      '<path fill="#c2410c" d="M0 6h2V4h2V2h2V0h2v8H0z"/></svg>',
  )

export default defineConfig({
  title: 'Gradus',
  description: 'A reverse-mode autograd engine and BERT-mini in C++, to be read and run',
  lang: 'en-GB',
  cleanUrls: false,
  head: [['link', { rel: 'icon', href: icon }]],
  vite: { server: { fs: { allow: [path.dirname(docs)] } } },  // the view of attention is in models/
  srcExclude: ['README.md', 'figures/**', 'examples/**', 'adding/**'],
  // what Doxygen writes beside the pages
  ignoreDeadLinks: [/^\/reference\//],
  markdown: {
    math: true,
    lineNumbers: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      // an indented block is a formula; it can be scrolled by the keyboard
      md.renderer.rules.code_block = (tokens, index) =>
        `<pre class="formula" tabindex="0"><code>${md.utils.escapeHtml(tokens[index].content)}</code></pre>\n`
      md.use(inlineFigures, docs)
      md.use(annotatedSource, docs)
    },
  },
  themeConfig: {
    nav: [
      { text: 'Chapters', link: '/start', activeMatch: '^/(?!source/|code/)[a-z]' },
      { text: 'Annotated source', link: '/source/', activeMatch: '^/(source|code)/' },
      { text: 'Reference', link: '/reference/index.html', target: '_self' },
    ],
    sidebar: [
      { text: 'Chapters', items: chapters },
      { text: 'Tables', items: tables },
      { text: 'Changing it', items: guides },
      { text: 'Annotated source', link: '/source/', collapsed: false, items: sourcePages(docs) },
    ],
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { detailedView: true } },
  },
})
