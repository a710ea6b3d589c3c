import { describe, expect, test, vi } from 'vitest'
import { acceptApproval } from '../src/rules/accept-approval.js'
import { acceptEntries } from '../src/rules/accept-audit.js'
import { acceptSession } from '../src/rules/accept-session.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import { Fields } from '../src/rules/fields.js'
import { acceptSessionQuery } from '../src/rules/queries.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { of } from './read-fields.js'
import { fieldsOf, fieldsOfCall, fieldsTold } from './refused-fields.js'
import { input, T0 } from './span-input.js'

const secret = () => {
  throw new Error('secret')
}
const odd = <F extends string>(field: F, others: object = {}): never =>
  Object.defineProperty({ ...others }, field, { enumerable: true, get: secret }) as never
const oddList = (): never => Object.defineProperty([], 0, { get: secret }) as never
const oddProxy = () =>
  new Proxy({}, { getPrototypeOf: secret, get: secret, ownKeys: secret, getOwnPropertyDescriptor: secret })
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('a field that throws is told by its path, and what it threw is not', () => {
  test.each<[string, () => unknown, string]>([
    ['an approval', () => acceptApproval(odd('tool'), T0), 'tool'],
    ['a policy', () => acceptApproval({ policy: odd('quorum') }, T0), 'policy.quorum'],
    ['approvers', () => acceptApproval({ policy: { approvers: oddList() } }, T0), 'policy.approvers'],
    ['a session', () => acceptSession(odd('state', { id: 's', type: 'agent' })), 'state'],
    ['options', () => acceptSession({ id: 's', type: 'agent' }, odd('ifVersion')), 'ifVersion'],
    ['a query', () => acceptSessionQuery(odd('type')), 'type'],
    ['a query that is a proxy', () => acceptSessionQuery(oddProxy()), 'session query'],
    ['a query that is a revoked proxy', () => acceptSessionQuery(revoked()), 'session query'],
    ['a filter that is a proxy', () => acceptSessionQuery({ userId: oddProxy() as never }), 'userId'],
    ['an unknown field', () => acceptSessionQuery(odd('user')), 'user'],
    ['what is inherited', () => acceptSessionQuery(Object.create(odd('type'))), 'type'],
  ])('%s', (_, call, field) => {
    expect(fieldsOf(call)).toEqual([field])
    expect(call).toThrow(/^(?!.*secret).*; \S/s)
    expect(call).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
  })

  test('an entry', async () => {
    const entry = { actor: 'ann', action: 'noted' }
    expect(await fieldsOfCall(acceptEntries([entry, odd('actor', entry)], new Map(), T0))).toEqual(['entries[1].actor'])
  })

  test('the entries themselves', async () => {
    expect(await fieldsOfCall(acceptEntries(oddList(), new Map(), T0))).toEqual(['entries'])
  })

  test('a required one is not said to be missing', () => {
    const fields = new Fields('thing', odd('x'), ['x'])
    fields.required('x', fields.id('x'), 'give it')
    expect(fields.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/^cannot be read: /)])
  })

  test('in a part of a span it costs that part', () => {
    const { span } = acceptSpan(input({ events: [odd('attributes', { name: 'e', at: T0 })] })) as SpanRecord
    const repairs = [{ field: 'events[0].attributes', reason: expect.stringMatching(/^cannot be read: .*; left out$/) }]
    expect(span).toMatchObject({ events: [{ name: 'e', at: T0 }], repairs })
  })
})

test('each field is read once: what was checked is what is used', () => {
  let reads = 0
  const given = {
    get x() {
      reads += 1
      return reads === 1 ? 'first' : 'other'
    },
  }
  const fields = new Fields('thing', given, ['x'])
  expect([fields.has('x'), fields.id('x'), fields.raw('x'), fields.text('x'), reads]).toEqual([
    true,
    'first',
    'first',
    'first',
    1,
  ])
})

test.each([new Map([['x', 1]]), new Set(['x']), new Date(0), Promise.resolve({ x: 1 })])(
  '%o is no object without fields',
  (given) => {
    expect(fieldsTold(new Fields('thing', given, ['x']).problems)).toEqual(['thing'])
  },
)

test('JSON that makes a longer text than there can be is too large', () => {
  const stringify = vi.spyOn(JSON, 'stringify').mockImplementationOnce(() => {
    throw new RangeError('Invalid string length')
  })
  const fields = of({ a: 1 })
  const read = fields.json('x')
  stringify.mockRestore()
  expect([read, fieldsTold(fields.problems)]).toEqual([undefined, ['x']])
  expect(fields.problems[0]?.message).toMatch(/^is too large; /)
})
