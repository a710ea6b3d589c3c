import { describe, expect, it } from 'vitest'
import { align } from '../src/history/align.js'
import { compareRuns, type SpanInput } from '../src/index.js'
import { onSqlite } from './support/storages.js'

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')

/** A span of a trace under another, 1,000 ms after the one before. */
const span = (trace: number, n: number, parent: number, fields: object): SpanInput =>
  ({
    traceId: hex(trace, 32),
    spanId: hex(n, 16),
    ...(parent === 0 ? {} : { parentId: hex(parent, 16) }),
    startedAt: 1_000 * n,
    endedAt: 1_000 * n + 500,
    name: 'step',
    ...fields,
  }) as SpanInput

const llm = (model: string, promptTokens: number) => ({
  kind: 'llm',
  name: `chat ${model}`,
  detail: { model, promptTokens, completionTokens: 10, cost: 0.5 },
})
const tool = (name: string) => ({ kind: 'tool', name: `call ${name}`, detail: { tool: name } })

describe('comparing runs', () => {
  it('puts steps beside those in their place, whatever the model, and says what is the same', async () => {
    const { storage } = await onSqlite()
    const { sessions, traces } = storage
    await sessions.save({ id: 's', type: 'agent' })
    const common = { sessionId: 's', input: 'where is my parcel?', status: 'completed', startedAt: 1_000 } as const
    await sessions.appendRun({ ...common, id: 'old', traceId: hex(1, 32), output: 'at the door', endedAt: 9_000 })
    const usage = { promptTokens: 70, completionTokens: 7, cost: 0.25 }
    await sessions.appendRun({ ...common, id: 'new', traceId: hex(2, 32), output: 'on its way', endedAt: 4_000, usage })
    await traces.write([
      span(1, 1, 0, { name: 'agent', kind: 'run' }),
      span(1, 2, 1, { ...llm('gpt-4', 50), input: 'same', output: 'search it' }),
      span(1, 3, 1, { ...tool('search'), input: { q: 1, p: 2 } }),
      span(1, 4, 1, { ...tool('notify'), input: 'x' }),
      span(1, 5, 1, { ...llm('gpt-4', 60), output: 'at the door' }),
      span(2, 1, 0, { name: 'agent', kind: 'run' }),
      span(2, 2, 1, { ...llm('gpt-5', 40), input: 'same', output: 'look it up' }),
      span(2, 3, 1, { ...tool('lookup'), input: 'y' }),
      span(2, 4, 1, { ...tool('search'), input: { p: 2, q: 1 } }),
      span(2, 5, 1, { ...llm('gpt-5', 30), output: 'on its way' }),
    ])
    const { a, b, sameInput, sameOutput, steps } = await compareRuns(storage, 'old', 'new')
    expect([sameInput, sameOutput]).toEqual([true, false])
    expect([a.tokens.prompt, a.cost, a.duration]).toEqual([110, 1, 8_000])
    expect([b.tokens.prompt, b.cost, b.duration]).toEqual([70, 0.25, 3_000])
    const shown = steps.map(({ a: left, b: right, sameInput: input, sameOutput: output }) => [
      left?.model ?? left?.tool ?? left?.name,
      right?.model ?? right?.tool ?? right?.name,
      input,
      output,
    ])
    expect(shown).toEqual([
      ['agent', 'agent', true, true],
      ['gpt-4', 'gpt-5', true, false],
      [undefined, 'lookup', undefined, undefined],
      ['search', 'search', true, true],
      ['notify', undefined, undefined, undefined],
      ['gpt-4', 'gpt-5', true, false],
    ])
    expect(steps[1]!.a).toMatchObject({ spanId: hex(2, 16), depth: 1, kind: 'llm' })
  })

  it('compares runs without a trace, and refuses those that are not there', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 's', type: 'agent' })
    for (const id of ['a', 'b']) await storage.sessions.appendRun({ id, sessionId: 's', output: id })
    expect(await compareRuns(storage, 'a', 'b')).toMatchObject({ sameInput: true, sameOutput: false, steps: [] })
    await storage.traces.write([span(7, 1, 0, {})])
    await storage.sessions.appendRun({ id: 'c', sessionId: 's', traceId: hex(7, 32) })
    expect((await compareRuns(storage, 'a', 'c')).b.duration).toBe(500)
    for (const [a, b, which] of [
      ['nobody', 'b', /^the first run is not there/],
      ['a', 'nobody', /^the second run is not there/],
      ['nobody', 'none', /^both runs are not there/],
    ] as const)
      await expect(compareRuns(storage, a, b)).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringMatching(which),
      })
    const wrong = await compareRuns(storage, '', 7 as never).catch((error: unknown) => error)
    expect(wrong).toMatchObject({ code: 'invalid' })
    expect((wrong as { problems: unknown[] }).problems).toHaveLength(2)
  })
})

/** Every sequence of up to so many of these. */
const sequences = (most: number): string[][] =>
  most === 0 ? [[]] : [[], ...sequences(most - 1).flatMap((rest) => ['a', 'b', 'c'].map((one) => [one, ...rest]))]

const longest = (a: readonly string[], b: readonly string[]): number => {
  if (a.length === 0 || b.length === 0) return 0
  const [[first, ...restOfA], [second, ...restOfB]] = [a, b]
  if (first === second) return 1 + longest(restOfA, restOfB)
  return Math.max(longest(restOfA, b), longest(a, restOfB))
}

it('two sequences side by side have each item once, in order, and as many pairs as can be', () => {
  const all = sequences(4)
  for (const a of all)
    for (const b of all) {
      const pairs = align(a, b, (one) => one)
      const beside = pairs.filter(([one, other]) => one !== undefined && other !== undefined)
      const told = [pairs.flatMap(([one]) => one ?? []), pairs.flatMap(([, one]) => one ?? []), beside.length]
      expect(told).toEqual([a, b, longest(a, b)])
      expect(beside.every(([one, other]) => one === other)).toBe(true)
    }
})
