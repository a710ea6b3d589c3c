import { expect, test } from 'vitest'
import type { Approval } from '../src/approvals.js'
import { changesOf } from '../src/rules/changes.js'
import type { SpanRecord } from '../src/rules/merge-spans.js'
import {
  MAX_RECORD,
  refuseTooLarge,
  refuseTooLargeRequest,
  refuseTooManyReasons,
  tooLargeTogether,
} from '../src/rules/sizes.js'

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

test('a field that is absent has no size', () => {
  expect(() => refuseTooLarge('run', { output: undefined, input: textOf(MAX_RECORD) }, ['output'])).not.toThrow()
})

test('a request leaves three MiB to its votes', () => {
  const approval = (bytes: number) => ({ args: textOf(bytes) }) as unknown as Approval
  expect(() => refuseTooLargeRequest(approval(9 * MIB))).not.toThrow()
  expect(() => refuseTooLargeRequest(approval(9 * MIB + 1))).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ field: 'args' })] }),
  )
})

test('the reasons of all votes have two MiB, and a vote without one takes none', () => {
  const vote = (bytes?: number) => ({ by: 'ada', decision: 'approved', at: 1, reason: bytes && textOf(bytes) }) as never
  expect(() => refuseTooManyReasons([vote(MIB), vote(), vote(MIB)])).not.toThrow()
  expect(() => refuseTooManyReasons([vote(MIB), vote(2), vote(MIB)])).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ field: 'reason' })] }),
  )
})

test('a span is measured with what its records told besides', () => {
  const record = (bytes: number) => {
    const frame = JSON.stringify({ input: '' }).length + JSON.stringify({ fields: {} }).length
    return { span: { input: textOf(bytes - frame + 2) }, rank: '1', sources: { fields: {} } } as unknown as SpanRecord
  }
  expect(tooLargeTogether(record(MAX_RECORD))).toBeUndefined()
  expect(tooLargeTogether(record(MAX_RECORD + 1))).toMatch(/12582913 bytes .* 12582912 /)
})

test('the changes of a record are what is another, what is new and what is gone', () => {
  const same = { deep: 1 }
  const before = { same, value: 1, gone: 'x' }
  expect(changesOf<object>(before, { same, value: 2, fresh: 3 })).toEqual({ value: 2, gone: undefined, fresh: 3 })
})
