import type { Span, Trace } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { drawTrace } from '../demo/draw.js'
import { TRACE_ID } from './support/raw-span.js'

const STYLE = { colour: false, width: 120 }

function span(spanId: string, rest: Partial<Span> = {}): Span {
  const id = spanId.padStart(16, '0')
  return {
    traceId: TRACE_ID,
    spanId: id,
    name: id,
    kind: 'other',
    status: 'ok',
    startedAt: 0,
    endedAt: 10,
    ...rest,
  } as Span
}

function draw(spans: Span[], style = STYLE): string[] {
  const summary = { startedAt: Math.min(...spans.map((each) => each.startedAt)) }
  return drawTrace({ summary, spans } as Trace, style)
    .split('\n')
    .slice(1)
}

describe('drawTrace', () => {
  it('draws children below their parent in the order of their start', () => {
    const root = span('1', { name: 'root' })
    const parentId = root.spanId
    const lines = draw([
      root,
      span('2', { name: 'second', parentId, startedAt: 5 }),
      span('3', { name: 'first', parentId, startedAt: 1 }),
      span('4', { name: 'leaf', parentId: '3'.padStart(16, '0'), startedAt: 2 }),
    ])
    expect(lines.map((line) => line.slice(0, 14).trimEnd())).toEqual(['root', '├─ first', '│  └─ leaf', '└─ second'])
  })

  it('draws a parent that is not there', () => {
    expect(draw([span('2', { parentId: 'f'.repeat(16) })])[0]).toBe('(parent ffffffffffffffff is not in this trace)')
  })

  it('shows duration, tokens and status', () => {
    const llm = span('1', {
      name: 'chat',
      kind: 'llm',
      endedAt: 2_500,
      detail: { promptTokens: 7, completionTokens: 3 },
    })
    expect(draw([llm])[0]!.split(/ {2,}/).slice(0, 5)).toEqual(['chat', 'llm', '2.50 s', '7 → 3', 'ok'])
  })

  it('shows that a span is running', () => {
    expect(draw([span('1', { endedAt: undefined, status: 'running' })])[0]).toContain('running')
  })

  it('cuts a name that is too long', () => {
    expect(draw([span('1', { name: 'x'.repeat(500) })])[0]!.length).toBeLessThanOrEqual(STYLE.width)
  })

  it('lets no name steer the terminal', () => {
    expect(draw([span('1', { name: 'a\u001B[2Jb\nc' })])).toEqual([expect.stringContaining('a [2Jb c')])
  })

  it('lets no name turn the direction of the text', () => {
    expect(draw([span('1', { name: 'a\u202Eb\u2066c' })])).toEqual([expect.stringContaining('a b c')])
  })

  it('draws a chain of 10,000 spans, indented no further than half of its column', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) =>
      span(String(n + 1), n === 0 ? {} : { parentId: String(n).padStart(16, '0') }),
    )
    const lines = draw(chain)
    expect([lines.length, lines.at(-1)]).toEqual([10_000, expect.stringMatching(/^ {27}… 0+10000 /)])
  })

  it('colours only when told', () => {
    expect(draw([span('1')], { ...STYLE, colour: true })[0]).toContain('\u001B[')
  })

  it('keeps the columns aligned', () => {
    const root = span('1', { name: 'root', kind: 'run' })
    const lines = draw([root, span('2', { name: 'child with a longer name', parentId: root.spanId })])
    expect(lines[0]!.indexOf('run')).toBe(lines[1]!.indexOf('other'))
  })
})
