import { describe, expect, test } from 'vitest'
import type { Shape } from '../src/audit.js'
import { StoreError } from '../src/errors.js'
import { acceptApproval } from '../src/rules/accept-approval.js'
import { acceptEntries } from '../src/rules/accept-audit.js'
import { acceptRun } from '../src/rules/accept-run.js'
import { acceptSession } from '../src/rules/accept-session.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import { acceptSessionQuery } from '../src/rules/queries.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { input, T0 } from './span-input.js'

/** More than a call takes as arguments. */
const MANY = 200_000
const fields = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`f${i}`, 1]))
const refusal = (call: () => unknown) =>
  Promise.resolve()
    .then(call)
    .then(
      () => undefined,
      (error: unknown) => (StoreError.is(error, 'invalid') ? error : expect.unreachable(String(error))),
    )

describe('of very many problems a hundred are told', () => {
  const entry = { actor: 'ann', action: 'noted' }
  test.each<[string, () => unknown]>([
    ['an approval', () => acceptApproval(fields as never, T0)],
    ['a policy', () => acceptApproval({ policy: fields } as never, T0)],
    ['the approvers of a policy', () => acceptApproval({ policy: { approvers: Array(1000).fill(7) } } as never, T0)],
    ['a session', () => acceptSession({ id: 's', type: 'agent', ...fields } as never)],
    ['the options of a save', () => acceptSession({ id: 's', type: 'agent' }, fields as never)],
    ['the state and the metadata of a session', () => acceptSession(odd(), {})],
    ['the usage of a run', () => acceptRun({ sessionId: 's', usage: fields } as never, T0)],
    ['a query', () => acceptSessionQuery(fields as never)],
    ['an entry', () => acceptEntries([{ ...entry, ...fields }], new Map(), T0)],
    ['a thousand entries', () => acceptEntries(Array(1000).fill({}), new Map(), T0)],
    [
      'what a validator finds',
      () =>
        acceptEntries(
          [{ ...entry, shape: 's' }],
          shapes(() => Array(MANY).fill({})),
          T0,
        ),
    ],
    ['a validator that never ends', () => acceptEntries([{ ...entry, shape: 's' }], shapes(endless), T0)],
  ])('%s', async (_, call) => {
    expect((await refusal(call))?.problems).toHaveLength(100)
  })

  const odd = () => ({ id: 's', type: 'agent', state: nans(), metadata: nans() }) as const
  const nans = () => ({ list: Array(60).fill(Number.NaN) })

  test.each([
    ['', fields],
    ['detail.', { kind: 'tool', detail: fields }],
  ])('a span: %s', (path, given) => {
    const { reason } = acceptSpan(input(given)) as { reason: string }
    expect(reason.split('; the fields are ')).toHaveLength(101)
    expect(reason).toContain(`${path}f0 is not a field`)
  })

  test.each([
    ['an event', { events: [{ name: 'e', at: T0, ...fields }] }],
    ['an error', { error: { message: 'm', ...fields } }],
  ])('%s of a span', (_, given) => {
    expect(repairsOf(given)).toHaveLength(100)
  })

  test('and as many marks of a value of a span, and that there are others', () => {
    expect(repairsOf({ kind: 'tool', detail: { arguments: Array(20_000).fill(Number.NaN) } })).toHaveLength(101)
  })
})

const repairsOf = (given: object) => (acceptSpan(input(given)) as SpanRecord).span.repairs

test('the path that a validator gives is told in short, and storable', async () => {
  const path = ['a\0', 'x'.repeat(1000), { key: 7 }, ...Array(MANY).fill('y')]
  const call = () =>
    acceptEntries(
      [{ actor: 'a', action: 'b', shape: 's', data: {} }],
      shapes(() => [{ path }]),
      T0,
    )
  const field = (await refusal(call))!.problems[0]!.field
  expect(field).toMatch(/^entries\[0\]\.data\.a\ufffd\.x{100}\.7\.y/)
  expect(field.length).toBeLessThan(1000)
})

function shapes(issues: () => Iterable<object>): ReadonlyMap<string, Shape> {
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: issues() }) } }
  return new Map([['s', { name: 's', schema, columns: { a: 'text' } } as never]])
}

function* endless(): Generator<object> {
  for (let i = 0; i < 1000; i++) yield { message: 'odd' }
  throw new Error('read on')
}
