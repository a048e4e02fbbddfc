// Annotated source: a page of docs/source/ shows one source file whole, on the right, and beside its
// lines the prose that speaks of them. The prose is cut by lines such as
//
//   @lines "Tensor forward" to "  }"
//
// A section covers the file from the first line after the section above that begins with the first text
// (leading spaces aside) to the first line below it that begins with the second (spaces counted).
// Without a second text it is one line. docs/check.py sees to it that no line is left out.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const MARKER = /^@lines "(.*?)"(?: to "(.*?)")?$/

const frontmatter = (text) =>
  Object.fromEntries(
    (text.match(/^---\n([\s\S]*?)\n---/)?.[1] ?? '')
      .split('\n')
      .map((line) => line.split(/:\s+(.*)/, 2)),
  )

// The pages of docs/source/ for the sidebar, in the order of their front matter.
export function sourcePages(docs) {
  return readdirSync(path.join(docs, 'source'))
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => ({
      ...frontmatter(readFileSync(path.join(docs, 'source', name), 'utf8')),
      link: `/source/${name.replace(/\.md$/, '')}`,
    }))
    .sort((a, b) => Number(a.order) - Number(b.order))
    .map(({ source, link }) => ({ text: source, link }))
}

function locate(lines, after, [from, to], page) {
  const find = (begin, matches) => {
    const at = lines.findIndex((line, i) => i >= begin && matches(line))
    if (at < 0) throw new Error(`${page}: no line begins with "${from}", or after it with "${to}"`)
    return at
  }
  const begin = find(after, (line) => line.trimStart().startsWith(from))
  const end = to === undefined ? begin : find(begin + 1, (line) => line.startsWith(to))
  return [begin, end + 1]
}

// Blank lines go to the section above them, so that the file is shown whole.
function stretch(ranges, total) {
  return ranges.map(([begin], i) => [i === 0 ? 0 : begin, ranges[i + 1]?.[0] ?? total])
}

export function annotatedSource(md, docs) {
  md.core.ruler.push('annotated_source', (state) => {
    const page = state.env.relativePath ?? ''
    if (!/^source\/(?!index)/.test(page)) return
    const { source, chapter, test } = frontmatter(readFileSync(path.join(docs, page), 'utf8'))
    const file = path.join(docs, '..', source)
    state.env.includes?.push(file)
    const text = readFileSync(file, 'utf8').trimEnd()
    const lines = text.split('\n')
    const markers = []
    state.tokens.forEach((token, i) => {
      const match = token.type === 'inline' ? token.content.match(MARKER) : null
      const after = markers.at(-1)?.range[1] ?? 0
      if (match) markers.push({ at: i - 1, range: locate(lines, after, match.slice(1), page) })
    })
    if (markers.length === 0) throw new Error(`${page}: no @lines`)
    const shown = stretch(markers.map(({ range }) => range), lines.length)
    const highlighted = md.options
      .highlight(text, 'cpp', '')
      .match(/<code>([\s\S]*)<\/code>/)[1]
      .split('\n')

    const html = (content) => {
      const token = new state.Token('html_block', '', 0)
      token.content = content + '\n'
      return token
    }
    const code = ([begin, end]) =>
      `<div class="code"><pre v-pre tabindex="0" class="shiki vp-code" ` +
      `style="counter-reset: line ${begin}" aria-label="Lines ${begin + 1} to ${end}">` +
      `<code>${highlighted.slice(begin, end).join('\n')}</code></pre></div></section>`
    const out = state.tokens.slice(0, markers[0].at)
    out.push(
      html(
        `<p class="trail"><code>${source}</code> · chapter <a href="..${chapter}.html">` +
          `${chapter.slice(1)}</a> · test <a href="../code/${path.basename(test, '.cpp')}.html">` +
          `<code>${test}</code></a></p>`,
      ),
    )
    markers.forEach(({ at }, i) => {
      const [begin, end] = shown[i]
      out.push(html(`<section class="beside" id="line-${begin + 1}"><div class="prose"><div>`))
      out.push(...state.tokens.slice(at + 3, markers[i + 1]?.at ?? state.tokens.length))
      out.push(html(`</div></div>${code([begin, end])}`))
    })
    state.tokens = out
  })
}

// The source files that annotated pages link to as their tests, each on a page of its own.
export function testPages(docs) {
  return readdirSync(path.join(docs, 'source'))
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => frontmatter(readFileSync(path.join(docs, 'source', name), 'utf8')).test)
    .map((test) => ({
      params: { name: path.basename(test, '.cpp'), file: test },
      content: '```cpp\n' + readFileSync(path.join(docs, '..', test), 'utf8') + '```\n',
    }))
}
