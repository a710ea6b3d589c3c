import type { SpanInput } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { withStructure } from '../src/structure.js'
import { TRACE_ID } from './support/raw-span.js'

const idOf = (n: number) => n.toString(16).padStart(16, '0')

/** A span of one trace, by numbers: its own and that of its parent. */
function span(n: number, parent: number | undefined, fields: Partial<SpanInput>): SpanInput {
  const parentId = parent === undefined ? {} : { parentId: idOf(parent) }
  return {
    traceId: TRACE_ID,
    spanId: idOf(n),
    ...parentId,
    name: `span ${n}`,
    startedAt: 1e12 + n,
    ...fields,
  } as SpanInput
}

const kinds = (spans: readonly SpanInput[]) => withStructure(spans).map(({ kind }) => kind)
const agent = (agentId?: string): Partial<SpanInput> => ({ kind: 'run', ...(agentId && { agentId }) })
const call = (prompt: number, completion: number): Partial<SpanInput> => ({
  kind: 'llm',
  detail: { promptTokens: prompt, completionTokens: completion },
})

describe('an agent is a delegation', () => {
  it('below another agent', () => {
    const spans = [
      span(1, undefined, agent('boss')),
      span(2, 1, { kind: 'run', agentId: 'clerk', detail: { name: 'Clerk' } }),
    ]
    expect(withStructure(spans)[1]).toEqual({
      ...spans[1],
      kind: 'delegation',
      detail: { member: 'Clerk' },
      reading: 1,
    })
  })

  it('below the call of a tool, also without a name', () => {
    const spans = [span(1, undefined, agent('boss')), span(2, 1, { kind: 'tool' }), span(3, 2, agent())]
    expect(kinds(spans)).toEqual(['run', 'tool', 'delegation'])
  })

  it('whatever lies between, and in whatever order they come', () => {
    const spans = [span(3, 2, agent('clerk')), span(2, 1, { kind: 'other' }), span(1, undefined, agent('boss'))]
    expect(kinds(spans)).toEqual(['delegation', 'other', 'run'])
  })

  it('and what it delegates is one as well', () => {
    const spans = [span(1, undefined, agent('a')), span(2, 1, agent('b')), span(3, 2, agent('c'))]
    expect(kinds(spans)).toEqual(['run', 'delegation', 'delegation'])
  })

  it.each<[string, SpanInput[]]>([
    ['below itself', [span(1, undefined, agent('boss')), span(2, 1, agent('boss'))]],
    ['below a workflow', [span(1, undefined, { kind: 'run', workflowId: 'w' }), span(2, 1, agent('boss'))]],
    ['without a name, below an agent', [span(1, undefined, agent('boss')), span(2, 1, agent())]],
    ['whose parent is not there', [span(2, 1, agent('boss')), span(3, 1, agent('clerk'))]],
    ['that is its own ancestor', [span(1, 2, agent()), span(2, 1, agent())]],
  ])('but not %s', (_, spans) => {
    expect(kinds(spans)).toEqual(['run', 'run'])
    expect(withStructure(spans)).toEqual(spans)
  })

  it('but not below a delegation that says so itself: that is the run it asked for', () => {
    const spans = [span(1, undefined, agent('boss')), span(2, 1, { kind: 'delegation' }), span(3, 2, agent('clerk'))]
    expect(kinds(spans)).toEqual(['run', 'delegation', 'run'])
  })

  it('only within its own trace', () => {
    const spans = [span(1, undefined, agent('boss')), { ...span(2, 1, agent('clerk')), traceId: 'f'.repeat(32) }]
    expect(kinds(spans)).toEqual(['run', 'run'])
  })
})

describe('a call of a model that repeats those below it is none', () => {
  it.each([
    ['one call', [call(7, 3), call(7, 3)]],
    ['one call, whose prompt it counts otherwise', [call(9, 3), call(7, 3)]],
  ])('%s', (_, [outer, inner]) => {
    const spans = [span(1, undefined, outer!), span(2, 1, { kind: 'other' }), span(3, 2, inner!)]
    expect(kinds(spans)).toEqual(['other', 'other', 'llm'])
    expect(withStructure(spans)[0]).toMatchObject({ detail: outer!.detail, reading: 1 })
  })

  it('several calls together', () => {
    const spans = [span(1, undefined, call(10, 5)), span(2, 1, call(7, 3)), span(3, 1, call(3, 2))]
    expect(kinds(spans)).toEqual(['other', 'llm', 'llm'])
  })

  it('three of one', () => {
    expect(kinds([span(1, undefined, call(7, 3)), span(2, 1, call(7, 3)), span(3, 2, call(7, 3))])).toEqual([
      'other',
      'other',
      'llm',
    ])
  })

  it.each<[string, SpanInput[]]>([
    ['of other tokens', [span(1, undefined, call(7, 3)), span(2, 1, call(20, 1))]],
    ['beside it', [span(1, 9, call(7, 3)), span(2, 9, call(7, 3))]],
    ['without tokens', [span(1, undefined, call(7, 3)), span(2, 1, { kind: 'llm' })]],
    ['that answered with one token as well', [span(1, undefined, call(7, 1)), span(2, 1, call(20, 1))]],
    ['that answered with none as well', [span(1, undefined, call(7, 0)), span(2, 1, call(20, 0))]],
  ])('but not one %s', (_, spans) => {
    expect(kinds(spans)).toEqual(['llm', 'llm'])
  })
})

describe('a hook stands', () => {
  const at = (from: number, to: number) => ({ startedAt: 1e12 + from, endedAt: 1e12 + to })
  const hook = (from: number, to: number) => span(9, 1, { kind: 'hook', detail: { hook: 'guard' }, ...at(from, to) })
  const run = (fields: object = {}) => span(1, undefined, { kind: 'run', ...at(0, 100), ...fields })
  const steps = [
    span(2, 1, { kind: 'llm', ...at(10, 20) }),
    span(3, 1, { kind: 'tool', ...at(20, 50) }),
    span(4, 1, { kind: 'other', ...at(0, 90) }),
  ]
  const read = (...spans: SpanInput[]) => withStructure(spans).find(({ kind }) => kind === 'hook')

  it.each([
    ['before the steps of its run', 1, 10, 'pre'],
    ['behind them', 50, 60, 'post'],
  ])('%s', (_, from, to, phase) => {
    expect(read(run(), ...steps, hook(from, to))).toMatchObject({ detail: { hook: 'guard', phase }, reading: 1 })
  })

  it.each<[string, SpanInput[]]>([
    ['between them', [run(), ...steps, hook(20, 30)]],
    ['in a run that goes on', [run({ endedAt: undefined }), ...steps, hook(1, 2)]],
    ['in a run without steps', [run(), steps[2]!, hook(1, 2)]],
    ['alone', [hook(1, 2), steps[2]!]],
    ['behind one that goes on', [run(), span(2, 1, { kind: 'llm', startedAt: 1e12 }), hook(50, 60)]],
  ])('on no side %s', (_, spans) => {
    expect(read(...spans)!.detail).toEqual({ hook: 'guard' })
  })

  it('where it says so itself', () => {
    const told = { ...hook(1, 10), detail: { hook: 'guard', phase: 'post' } } as SpanInput
    expect(read(run(), ...steps, told)).toEqual(told)
  })
})

it('a chain of 10,000 spans is read in a moment', () => {
  const spans = Array.from({ length: 10_000 }, (_, n) =>
    span(n + 1, n === 0 ? undefined : n, n % 2 ? agent() : call(1, 1)),
  )
  expect(withStructure(spans)).toHaveLength(10_000)
})
