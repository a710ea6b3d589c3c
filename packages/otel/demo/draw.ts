import { type Span, type SpanKind, type SpanNode, type Trace, treeOf } from '@freehold/contract'
import { type Colour, fit, paint, plain, type Style } from './style.js'

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
  const to = Math.max(from, ...spans.map((span) => span.endedAt ?? span.startedAt))
  const lines = treeOf(spans).flatMap((root) => linesOf(root, '', ''))
  return [
    paint(head.join(GAP).trimEnd(), 'dim', style),
    ...lines.map(({ prefix, node }) => drawLine(prefix, node, width, { from, to }, style)),
  ].join('\n')
}

interface Line {
  prefix: string
  node: SpanNode
}

function linesOf(node: SpanNode, prefix: string, below: string): Line[] {
  const last = node.children.length - 1
  return [
    { prefix, node },
    ...node.children.flatMap((child, index) =>
      index === last ? linesOf(child, `${below}└─ `, `${below}   `) : linesOf(child, `${below}├─ `, `${below}│  `),
    ),
  ]
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
      return span.detail?.documents && `${span.detail.documents.length} documents`
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
