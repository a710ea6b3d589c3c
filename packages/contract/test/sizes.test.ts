import { describe, expect, test } from 'vitest'
import type { Approval } from '../src/approval.js'
import { changesOf } from '../src/rules/changes.js'
import { mergeSpans } from '../src/rules/merge-spans.js'
import {
  MAX_RECORD,
  mostBytes,
  refuseTooLarge,
  refuseTooLargeRequest,
  refuseTooMuchInVotes,
  SpanSizes,
  tooLargeTogether,
} from '../src/rules/sizes.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { fieldsOf } from './refused-fields.js'

const MIB = 1_048_576

/** A text of so many bytes of JSON. */
const textOf = (bytes: number) => 'x'.repeat(bytes - 2)

test('a record of exactly 12 MiB is kept, and one byte more is refused', () => {
  const small = { id: textOf(10), state: textOf(MAX_RECORD - 10) }
  expect(() => refuseTooLarge('session', small, ['state'])).not.toThrow()
  const large = { ...small, id: textOf(11) }
  expect(() => refuseTooLarge('session', large, ['state'])).toThrow(expect.objectContaining({ code: 'invalid' }))
})

test('bytes count, not characters', () => {
  const text = 'é'.repeat(MAX_RECORD / 2 - 1)
  expect(() => refuseTooLarge('session', { text }, ['text'])).not.toThrow()
  expect(() => refuseTooLarge('session', { text: `${text}é` }, ['text'])).toThrow()
})

test('of the fields that are given the largest is named, with its size and that of the whole', () => {
  const record = { kept: textOf(8 * MIB), small: textOf(MIB), large: textOf(4 * MIB) }
  const problem = { field: 'large', message: expect.stringMatching(/^makes 4194304 bytes .* 13631488 .* 12582912 /) }
  expect(() => refuseTooLarge('run', record, ['small', 'large'])).toThrow(
    expect.objectContaining({ problems: [problem] }),
  )
})

test('the largest is named in whatever order the fields are given, with those that are absent', () => {
  const record = { small: textOf(MIB), large: textOf(12 * MIB) }
  for (const given of [
    ['large', 'small'],
    ['small', 'large'],
    ['gone', 'large', 'small', 'gone too'],
  ])
    expect(fieldsOf(() => refuseTooLarge('run', record, given))).toEqual(['large'])
})

test('a field that is absent has no size', () => {
  expect(() => refuseTooLarge('run', { output: undefined, input: textOf(MAX_RECORD) }, ['output'])).not.toThrow()
})

test.each(['args', 'context'])('a request leaves three MiB to its votes, and is refused by its %s', (field) => {
  const approval = (bytes: number) => ({ id: textOf(MIB), [field]: textOf(bytes) }) as unknown as Approval
  expect(() => refuseTooLargeRequest(approval(8 * MIB))).not.toThrow()
  const attempt = () => refuseTooLargeRequest(approval(8 * MIB + 1))
  expect(fieldsOf(attempt)).toEqual([field])
  expect(attempt).toThrow(new RegExp(`^approval: ${field}: makes 8388609 bytes .* 9437185 .* 9437184 `))
})

test('the reasons of all votes have two MiB, and a vote without one takes none', () => {
  const vote = (bytes?: number) => ({ by: 'ada', decision: 'approved', at: 1, reason: bytes && textOf(bytes) }) as never
  expect(() => refuseTooMuchInVotes([vote(MIB), vote(), vote(MIB)])).not.toThrow()
  const attempt = () => refuseTooMuchInVotes([vote(MIB), vote(2), vote(MIB)])
  expect(fieldsOf(attempt)).toEqual(['reason'])
  expect(attempt).toThrow(/^decision: reason: makes 2097154 bytes .* 2097152 /)
})

test('what is supplied with votes shares their room, and the larger part of the last one is named', () => {
  const vote = (reason: number, data: number) =>
    ({ by: 'ada', decision: 'approved', at: 1, reason: textOf(reason), data: textOf(data) }) as never
  expect(() => refuseTooMuchInVotes([vote(MIB, 2), vote(2, MIB - 4)])).not.toThrow()
  expect(fieldsOf(() => refuseTooMuchInVotes([vote(MIB, 2), vote(2, MIB)]))).toEqual(['resolution'])
  expect(fieldsOf(() => refuseTooMuchInVotes([vote(2, MIB), vote(MIB, 2)]))).toEqual(['reason'])
})

test('a span is measured with what its records told besides', () => {
  const record = (bytes: number) => {
    const frame = JSON.stringify({ input: '' }).length + JSON.stringify({ fields: {} }).length
    return { span: { input: textOf(bytes - frame + 2) }, rank: '1', sources: { fields: {} } } as unknown as SpanRecord
  }
  expect(tooLargeTogether(record(MAX_RECORD))).toBeUndefined()
  expect(tooLargeTogether(record(MAX_RECORD + 1))).toMatch(/12582913 bytes .* 12582912 /)
})

describe('what is at most added to a span by a record', () => {
  const frame = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 's', kind: 'llm', startedAt: 1 }
  const record = (rank: string, fields: object, sources?: object) =>
    ({ span: { ...frame, status: 'ok', ...fields }, rank: rank.repeat(50), sources }) as unknown as SpanRecord
  /** The long keys of a detail, of which a merged span keeps which record told them. */
  const keyed = (unit: string) =>
    Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${unit.repeat(100)}${n}`, n]))
  const detail = keyed('漢')

  test.each<[string, () => [SpanRecord, SpanRecord]]>([
    ['that tells little', () => [record('1', {}), record('2', { endedAt: 2 })]],
    ['of many keys', () => [record('1', { detail }), record('2', { output: 1 })]],
    ['of many keys that JSON escapes', () => [record('1', { detail: keyed('\u0001') }), record('2', { output: 1 })]],
    ['of other many keys', () => [record('2', { output: 1 }), record('1', { detail })]],
    [
      'that was merged already',
      () => [
        record('1', {}, { fields: {}, details: { 'detail.tool.result': 'x'.repeat(20_000) } }),
        record('2', { input: 'x' }),
      ],
    ],
  ])('is no less than what is added: one %s', (_, records) => {
    const [a, b] = records()
    const { span, sources } = mergeSpans(a, b)
    const bytes = Buffer.byteLength(JSON.stringify(span)) + Buffer.byteLength(JSON.stringify(sources ?? null))
    expect(mostBytes(a) + mostBytes(b)).toBeGreaterThanOrEqual(bytes)
  })
})

test('the changes of a record are what is another, what is new and what is gone', () => {
  const same = { deep: 1 }
  const before = { same, value: 1, gone: 'x' }
  expect(changesOf<object>(before, { same, value: 2, fresh: 3 })).toEqual({ value: 2, gone: undefined, fresh: 3 })
})

describe('the sizes of the records of one span', () => {
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
  const record = (span: object, sources?: object) => ({ span, rank: '', ...(sources && { sources }) }) as SpanRecord

  test.each<[string, SpanRecord]>([
    ['of nothing', record({})],
    ['of a few fields', record({ kind: 'llm', name: 'é"\\', startedAt: 1.5, endedAt: undefined, input: null })],
    ['of details', record({ kind: 'tool', detail: { tool: 'a', 'ö"': [1] } })],
    ['of no detail', record({ kind: 'tool', detail: {} })],
    [
      'of what other records told',
      record({ kind: 'llm', output: [{}] }, { fields: { r: ['a'] }, details: { 'detail.tool.tool': 'x' } }),
    ],
  ])('%s are those of its JSON', (_, given) => {
    const { span, sources } = given
    expect(new SpanSizes().bytesOf(given)).toBe(bytes(span) + (sources === undefined ? 0 : bytes(sources)))
  })

  test('are measured once of each value, and anew of another', () => {
    let asked = 0
    const counted = () => ({
      toJSON() {
        asked += 1
        return asked
      },
    })
    const sizes = new SpanSizes()
    const input = counted()
    for (const name of ['a', 'bb', 'ccc']) sizes.bytesOf(record({ kind: 'llm', name, input, detail: { model: input } }))
    expect(asked).toBe(2)
    sizes.bytesOf(record({ kind: 'tool', input, detail: { model: input } }))
    expect(asked).toBe(3)
    sizes.bytesOf(record({ kind: 'tool', input: counted() }))
    expect(asked).toBe(4)
  })
})
