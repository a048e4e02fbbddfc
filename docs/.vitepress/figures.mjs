// Puts a figure's SVG into the page instead of linking to it, so that it takes the page's colours,
// light or dark. In the file itself, var(--figure-...) is set by a style element, which a page has no
// use for: theme/style.css sets the same names.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export function inlineFigures(md, docs) {
  const image = md.renderer.rules.image
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const source = tokens[index].attrGet('src')
    if (!source.endsWith('.svg')) return image(tokens, index, options, env, self)
    const file = path.join(docs, path.dirname(env.relativePath ?? ''), source)
    env.includes?.push(file)
    const label = md.utils.escapeHtml(tokens[index].content)
    const svg = readFileSync(file, 'utf8')
      .replace(/^[\s\S]*?(?=<svg)/, '')
      .replace(/<(style|metadata|title)\b[\s\S]*?<\/\1>/g, '')
      .replace(/<svg /, `<svg role="img" aria-label="${label}" `)
    return `<span v-pre class="figure" tabindex="0">${svg}</span>`
  }
}
