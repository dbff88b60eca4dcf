// Draws pictures with the real Mermaid and checks that they show what they say:
//
//   npm install && node check.mjs FILE.mmd... [--wrong FILE.mmd...]
//
// It prints a line for each picture, and fails if one is not shown, or not as it is;
// or if one of those after --wrong is.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { JSDOM } from 'jsdom'

const page = new JSDOM('<!DOCTYPE html><body></body>', { pretendToBeVisual: true })
const { window } = page
for (const name of ['window', 'document', 'Element', 'SVGElement', 'HTMLElement', 'Node', 'DOMParser', 'XMLSerializer', 'CSSStyleSheet']) {
  globalThis[name] = name === 'window' ? window : window[name]
}
// jsdom lays nothing out: every text is of one size.
window.SVGElement.prototype.getBBox = () => ({ x: 0, y: 0, width: 100, height: 20 })
window.SVGElement.prototype.getComputedTextLength = () => 100
const mermaid = (await import('mermaid')).default
mermaid.initialize({ startOnLoad: false, suppressErrorRendering: true })

// What a label of a picture is to show: its codes as characters, line by line.
function meant(label) {
  return label
    .split('<br/>')
    .map((line) => line.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll('\u200b', ''))
}

// The lines of a label as it is shown.
function shown(element) {
  const lines = ['']
  const walk = (node) => {
    for (const child of node.childNodes) {
      const name = child.nodeName.toLowerCase()
      if (name === '#text') lines[lines.length - 1] += child.data.replaceAll('\u200b', '')
      else if (name === 'br') lines.push('')
      else if (name === 'p' || name === 'span') walk(child)
      else throw new Error(`a label has the element <${name}>`)
    }
  }
  walk(element)
  return lines
}

async function check(text) {
  const { diagramType } = await mermaid.parse(text)
  if (diagramType !== 'flowchart-v2') throw new Error(`it is a ${diagramType}`)
  const { svg, bindFunctions } = await mermaid.render('picture', text)
  const body = window.document.body
  body.innerHTML = svg
  bindFunctions?.(body)
  for (const wrong of body.querySelectorAll('a, script, img, image, iframe, .clickable, .icon-shape, [onclick]')) {
    throw new Error(`it has the element ${wrong.outerHTML.slice(0, 200)}`)
  }
  const want = [...text.matchAll(/^ *(?:subgraph )?n\d+ ?\[\[?"(.*)"\]\]?$/gm)].map((m) => meant(m[1]).join('\n'))
  const got = [...body.querySelectorAll('.nodeLabel')].map((e) => shown(e).join('\n')).filter((label) => label.trim() !== '')
  want.sort()
  got.sort()
  for (let i = 0; i < Math.max(want.length, got.length); i++) {
    if (want[i] !== got[i]) throw new Error(`it shows ${JSON.stringify(got[i])}, want ${JSON.stringify(want[i])}`)
  }
  return want.length
}

let [wrong, failed] = [false, false]
for (const file of process.argv.slice(2)) {
  if (file === '--wrong') {
    wrong = true
    continue
  }
  let finding = ''
  const labels = await check(readFileSync(file, 'utf8')).catch((err) => {
    finding = err.message.split('\n')[0]
  })
  const ok = wrong === (finding !== '')
  failed ||= !ok
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${basename(file)}: ${finding || labels + ' labels'}`)
}
process.exit(failed ? 1 : 0)
