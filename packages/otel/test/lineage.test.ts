import type { SpanInput } from '@freehold/contract'
import { openStorage } from 'freehold'
import { describe, expect, it } from 'vitest'
import { Lineage } from '../src/lineage.js'
import { withStructure } from '../src/structure.js'
import { TRACE_ID } from './support/raw-span.js'

const idOf = (n: number) => n.toString(16).padStart(16, '0')

function span(n: number, parent: number | undefined, fields: object): SpanInput {
  const parentId = parent === undefined ? {} : { parentId: idOf(parent) }
  const times = { startedAt: 1e12 + n, endedAt: 1e12 + n + 1 }
  return {
    traceId: TRACE_ID,
    spanId: idOf(n),
    ...parentId,
    name: `span ${n}`,
    ...times,
    reading: 10,
    ...fields,
  } as SpanInput
}

const usage = (prompt: number) => ({
  kind: 'llm',
  detail: { model: 'm', promptTokens: prompt, completionTokens: 1, toolCalls: [{ name: 't' }] },
})

/** A boss who has a clerk called by a tool, and who tells the usage of its calls twice: as it ends, children first. */
const TOLD = [
  span(5, 4, usage(7)),
  span(4, 3, { kind: 'other' }),
  span(3, 2, { kind: 'run', agentId: 'clerk', detail: { name: 'Clerk' }, input: 'look it up', output: 'found' }),
  span(2, 1, { kind: 'tool', detail: { tool: 'ask' } }),
  span(7, 6, usage(9)),
  span(6, 1, { ...usage(9), output: 'said' }),
  span(8, 1, { kind: 'hook', detail: { hook: 'guard', modified: { a: 1 } }, startedAt: 1e12 + 20, endedAt: 1e12 + 21 }),
  span(1, undefined, { kind: 'run', agentId: 'boss', endedAt: 1e12 + 30 }),
]

const ORDERS = {
  'children first': TOLD,
  'parents first': TOLD.toReversed(),
  'in no order': [3, 6, 0, 7, 2, 5, 1, 4].map((n) => TOLD[n]!),
}

describe.each(Object.entries(ORDERS))('%s', (_, told) => {
  it.each([1, 2, 3, 8])('spans in batches of %i are what they are together', async (batch) => {
    const together = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
    const apart = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
    await together.traces.write(withStructure(told))
    const lineage = new Lineage()
    for (let from = 0; from < told.length; from += batch) {
      const { spans, others, written } = lineage.read(told.slice(from, from + batch))
      await apart.traces.write([...spans, ...others])
      written()
    }
    expect(await apart.traces.get(TRACE_ID)).toEqual(await together.traces.get(TRACE_ID))
    const { summary, spans } = (await apart.traces.get(TRACE_ID))!
    const { kinds, tokens } = summary
    expect(spans.find(({ kind }) => kind === 'hook')!.detail).toEqual({
      hook: 'guard',
      phase: 'post',
      modified: { a: 1 },
    })
    expect({ kinds, prompt: tokens.prompt }).toEqual({
      kinds: { run: 1, delegation: 1, tool: 1, llm: 2, other: 2, hook: 1 },
      prompt: 16,
    })
    await together.close()
    await apart.close()
  })
})

describe('what a span turns out to be', () => {
  const [boss, clerk] = [
    span(1, undefined, { kind: 'run', agentId: 'boss' }),
    span(2, 1, { kind: 'run', agentId: 'clerk' }),
  ]

  it('is told without what it holds', () => {
    const lineage = new Lineage()
    lineage.read([{ ...clerk, input: 'x', attributes: { a: 1 } }]).written()
    expect(lineage.read([boss]).others).toEqual([
      { ...clerk, kind: 'delegation', detail: { member: 'clerk' }, reading: 11 },
    ])
  })

  it('is told until that was written, and not again', () => {
    const lineage = new Lineage()
    lineage.read([clerk]).written()
    expect(lineage.read([boss]).others).toHaveLength(1)
    const again = lineage.read([boss])
    expect(again.others).toHaveLength(1)
    again.written()
    expect(lineage.read([boss]).others).toEqual([])
  })

  it('is told of its last record', () => {
    const lineage = new Lineage()
    lineage.read([{ ...clerk, endedAt: undefined }]).written()
    lineage.read([clerk]).written()
    expect(lineage.read([boss]).others).toEqual([expect.objectContaining({ endedAt: clerk.endedAt })])
  })

  it('is not told of one that comes again with it', () => {
    const lineage = new Lineage()
    lineage.read([clerk]).written()
    const { spans, others } = lineage.read([clerk, boss])
    expect([spans.map(({ kind }) => kind), others]).toEqual([['delegation', 'run'], []])
  })

  it('does not concern the trace of another tenant', () => {
    const lineage = new Lineage()
    lineage.read([clerk], 'acme')
    expect(lineage.read([boss], 'other').others).toEqual([])
  })

  it('is told of so many at once, and of the rest later', () => {
    const lineage = new Lineage()
    lineage.read([2, 3, 4].map((n) => ({ ...clerk, spanId: idOf(n) }))).written()
    const first = lineage.read([boss], '', 2)
    expect(first.others).toHaveLength(2)
    first.written()
    expect(lineage.read([boss]).others).toHaveLength(1)
  })

  it.each<[string, (lineage: Lineage) => void]>([
    ['was not written', (lineage) => void lineage.read([clerk])],
    ['was rejected', (lineage) => lineage.read([boss, clerk].slice(1)).written(new Set([0]))],
  ])('is not told of one that %s: that would make a span of nothing else', (_, tell) => {
    const lineage = new Lineage()
    tell(lineage)
    expect(lineage.read([boss]).others).toEqual([])
  })

  it('is told with the span itself where that was being written when it came to light', () => {
    const lineage = new Lineage()
    const first = lineage.read([clerk])
    const second = lineage.read([boss])
    expect([second.others, second.written().others]).toEqual([[], []])
    const late = first.written()
    expect(late.others).toMatchObject([{ kind: 'delegation', detail: { member: 'clerk' } }])
    late.written()
    expect(lineage.read([boss]).others).toEqual([])
  })

  it('is told of one that is there, though telling it again failed', () => {
    const lineage = new Lineage()
    lineage.read([clerk]).written()
    lineage.read([clerk])
    expect(lineage.read([boss]).others).toHaveLength(1)
  })

  it('remembers no text that is longer than a name', () => {
    const lineage = new Lineage()
    const long = { ...clerk, name: 'n'.repeat(5_000), detail: { name: 'c'.repeat(5_000) } } as SpanInput
    lineage.read([long]).written()
    const [told] = lineage.read([boss]).others
    expect([told!.name.length, (told!.detail as { member: string }).member.length]).toEqual([1_000, 1_000])
  })

  it('is forgotten with the trace that nobody told of for longest', () => {
    const lineage = new Lineage(3)
    const other = (n: number, id: string) => ({ ...boss, spanId: idOf(n), traceId: id.repeat(32) })
    lineage.read([clerk, other(1, 'a'), other(1, 'b')]).written()
    lineage.read([{ ...clerk, spanId: idOf(3) }]).written()
    // There were four: a went.
    expect(lineage.read([boss]).others).toHaveLength(2)
    lineage.read([other(1, 'c'), other(2, 'c'), other(3, 'c')])
    expect(lineage.read([boss]).others).toEqual([])
  })
})

it('a chain of 10,000 spans in batches is read in a moment', () => {
  const lineage = new Lineage()
  for (let from = 0; from < 10_000; from += 500) {
    const batch = Array.from({ length: 500 }, (_, n) =>
      span(from + n + 1, from + n, n % 2 ? { kind: 'run' } : usage(1)),
    )
    expect(lineage.read(batch).spans).toHaveLength(500)
  }
})
