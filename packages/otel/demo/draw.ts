import { type Span, type SpanKind, type SpanNode, type Trace, treeOf } from '@freehold/contract'
import { type Colour, counted, fit, paint, plain, type Style } from './style.js'

const COLOURS: Record<SpanKind, Colour> = {
  run: 'blue',
  llm: 'magenta',
  tool: 'cyan',
  hook: 'yellow',
  retrieval: 'green',
  delegation: 'blue',
  other: 'dim',
}

const COLUMNS = { kind: 10, duration: 9, tokens: 11, status: 7, bar: 20 }
const GAP = '  '

/** A trace as a tree, one line per span: what it was, how long it took, tokens in and out, how it ended, and when it ran. */
export function drawTrace({ summary, spans }: Trace, style: Style): string {
  const { bar, ...columns } = COLUMNS
  const fixed = Object.values({ bar, ...columns }).reduce((sum, width) => sum + width + GAP.length, 0)
  const width = Math.max(24, style.width - fixed)
  const head = [
    fit('SPAN', width),
    fit('KIND', columns.kind),
    fit('DURATION', columns.duration, 'right'),
    fit('TOKENS', columns.tokens, 'right'),
    fit('STATUS', columns.status),
  ]
  const from = summary.startedAt
  const to = spans.reduce((latest, span) => Math.max(latest, span.endedAt ?? span.startedAt), from)
  const lines = treeOf(spans).flatMap((root) => linesOf(root, width / 2))
  return [
    paint(head.join(GAP).trimEnd(), 'dim', style),
    ...lines.map(({ prefix, node }) => drawLine(prefix, node, width, { from, to }, style)),
  ].join('\n')
}

interface Line {
  prefix: string
  node: SpanNode
}

/** A line that is drawn, and what its children's lines begin with. */
interface Branch extends Line {
  below: string
}

/** A node with all that is below it, first line first. No recursion: a chain of 10,000 spans would exhaust the stack. */
function linesOf(root: SpanNode, room: number): Line[] {
  const lines: Line[] = []
  const open: Branch[] = [{ prefix: '', below: '', node: root }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    lines.push(next)
    const { below, node } = next
    const last = node.children.length - 1
    for (let index = last; index >= 0; index--) open.push(branchOf(node.children[index]!, below, index === last, room))
  }
  return lines
}

/** What lies deeper than there is `room` for is no longer indented, so that names are seen. */
function branchOf(node: SpanNode, below: string, isLast: boolean, room: number): Branch {
  if (below.length >= room) return { prefix: `${below}… `, below, node }
  return isLast
    ? { prefix: `${below}└─ `, below: `${below}   `, node }
    : { prefix: `${below}├─ `, below: `${below}│  `, node }
}

interface Window {
  from: number
  to: number
}

function drawLine(prefix: string, { span, spanId }: SpanNode, width: number, window: Window, style: Style): string {
  if (span === undefined)
    return paint(fit(`${prefix}(parent ${spanId} is not in this trace)`, width).trimEnd(), 'dim', style)
  const colour = COLOURS[span.kind]
  return [
    fit(prefix + labelOf(span), width),
    paint(fit(span.kind, COLUMNS.kind), colour, style),
    fit(duration(span.startedAt, span.endedAt), COLUMNS.duration, 'right'),
    fit(tokensOf(span), COLUMNS.tokens, 'right'),
    paint(fit(span.status, COLUMNS.status), span.status === 'error' ? 'red' : 'dim', style),
    paint(barOf(span, window), colour, style),
  ]
    .join(GAP)
    .trimEnd()
}

/** The span's name, and what its kind makes worth knowing. */
function labelOf(span: Span): string {
  const hint = hintOf(span)
  return plain(
    hint === undefined || span.name.toLowerCase().includes(hint.toLowerCase()) ? span.name : `${span.name} · ${hint}`,
  )
}

function hintOf(span: Span): string | undefined {
  switch (span.kind) {
    case 'run':
      return span.detail?.name
    case 'llm':
      return span.detail?.model
    case 'tool':
      return span.detail?.tool
    case 'hook':
      return [span.detail?.phase, span.detail?.outcome].filter(Boolean).join(', ')
    case 'retrieval':
      return span.detail?.documents && counted(span.detail.documents.length, 'document')
    case 'delegation':
      return span.detail?.mode
    default:
      return undefined
  }
}

function tokensOf(span: Span): string {
  if (span.kind !== 'llm') return ''
  const { promptTokens, completionTokens } = span.detail ?? {}
  if (promptTokens === undefined && completionTokens === undefined) return ''
  return `${promptTokens ?? 0} → ${completionTokens ?? 0}`
}

export function duration(from: number, to: number | undefined): string {
  if (to === undefined) return 'running'
  const milliseconds = to - from
  if (milliseconds >= 60_000) return `${(milliseconds / 60_000).toFixed(1)} min`
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`
  return milliseconds >= 10 ? `${milliseconds.toFixed(0)} ms` : `${milliseconds.toFixed(1)} ms`
}

/** Where in the trace the span ran; at least one mark, so that every span is seen. */
function barOf(span: Span, { from, to }: Window): string {
  const scale = COLUMNS.bar / Math.max(to - from, 0.001)
  const start = Math.min(Math.floor((span.startedAt - from) * scale), COLUMNS.bar - 1)
  const length = Math.max(1, Math.round(((span.endedAt ?? to) - span.startedAt) * scale))
  return ' '.repeat(start) + '━'.repeat(Math.min(length, COLUMNS.bar - start))
}
