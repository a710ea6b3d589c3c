import { describe, expect, test } from 'vitest'
import {
  acceptApprovalQuery,
  acceptAuditQuery,
  acceptRunQuery,
  acceptSessionQuery,
  acceptSpanQuery,
  acceptTraceQuery,
} from '../src/rules/queries.js'
import { MAX_TIMESTAMP } from '../src/time.js'
import { fieldsOf } from './refused-fields.js'

const OWNERS = ['userId', 'agentId', 'teamId', 'workflowId']
const TRACE = {
  ids: [...OWNERS, 'runId', 'sessionId'],
  names: ['model', 'tool', 'namePrefix'],
  choices: {
    status: ['running', 'ok', 'error'],
    kind: ['run', 'llm', 'tool', 'hook', 'retrieval', 'delegation', 'other'],
  },
  hex: [] as string[],
}
const SESSION = {
  ids: OWNERS,
  names: [] as string[],
  choices: { type: ['agent', 'team', 'workflow'] },
  hex: [] as string[],
}

/** Every filter of every query: what it is, by its kind. Each has `from` and `to`. */
const QUERIES: readonly [string, (query?: never) => object, Omit<typeof TRACE, 'choices'> & { choices: object }][] = [
  ['of traces', acceptTraceQuery, TRACE],
  ['of spans', acceptSpanQuery, { ...TRACE, hex: ['traceId'] }],
  ['of sessions', acceptSessionQuery, SESSION],
  [
    'of runs',
    acceptRunQuery,
    {
      ids: [...OWNERS, 'sessionId', 'parentRunId'],
      names: ['model'],
      choices: { ...SESSION.choices, status: ['pending', 'running', 'paused', 'completed', 'error', 'cancelled'] },
      hex: ['traceId'],
    },
  ],
  [
    'of approvals',
    acceptApprovalQuery,
    {
      ids: ['runId', 'sessionId', 'toolCallId', 'agentId', 'teamId', 'workflowId', 'requestedBy'],
      names: ['tool'],
      choices: {
        type: ['required', 'audit'],
        pauseType: ['confirmation', 'user_input', 'external_execution'],
        status: ['pending', 'approved', 'rejected', 'expired', 'cancelled', 'consumed'],
      },
      hex: [],
    },
  ],
  [
    'of the audit',
    acceptAuditQuery,
    {
      ids: ['stream', 'traceId', 'runId', 'sessionId', 'approvalId'],
      names: ['actor', 'action', 'target', 'outcome', 'shape'],
      choices: {},
      hex: [],
    },
  ],
]

function refusedOf(accept: (query?: never) => object, query: object): string[] {
  return fieldsOf(() => accept(query as never))
}

describe.each(QUERIES)('a query %s', (_, accept, { ids, names, choices, hex }) => {
  const read = (query: object) => accept(query as never)

  test('may be left out, and may be empty', () => {
    expect([accept(), read({}), read({ from: undefined })]).toEqual([{}, {}, {}])
  })

  test('keeps every filter', () => {
    const query = {
      ...Object.fromEntries([...ids, ...names].map((field) => [field, `of ${field}`])),
      ...Object.fromEntries(Object.entries(choices).map(([field, [first]]) => [field, first])),
      ...Object.fromEntries(hex.map((field) => [field, 'a'.repeat(32)])),
      from: 1,
      to: 2,
    }
    expect(read(query)).toEqual(query)
  })

  test('takes ids of 128 bytes and no more', () => {
    const of = (text: string) => Object.fromEntries(ids.map((field) => [field, text]))
    expect([refusedOf(accept, of('é'.repeat(64))), refusedOf(accept, of(`${'é'.repeat(64)}x`)).sort()]).toEqual([
      [],
      [...ids].sort(),
    ])
  })

  test('takes names of 255 characters and no more', () => {
    const of = (length: number) => Object.fromEntries(names.map((field) => [field, 'é'.repeat(length)]))
    expect([refusedOf(accept, of(255)), refusedOf(accept, of(256)).sort()]).toEqual([[], [...names].sort()])
  })

  test('takes no names that would be stored as others', () => {
    const of = (text: string) => Object.fromEntries(names.map((field) => [field, text]))
    expect([refusedOf(accept, of('a\0')).sort(), refusedOf(accept, of('\ud800')).sort()]).toEqual([
      [...names].sort(),
      [...names].sort(),
    ])
  })

  test.each(Object.entries(choices))('takes each %s there is, and no other', (field, values: string[]) => {
    const refused = [...values, 'other one', values[0]!.toUpperCase(), ''].filter(
      (value) => refusedOf(accept, { [field]: value }).length > 0,
    )
    expect(refused).toEqual(['other one', values[0]!.toUpperCase(), ''])
  })

  test.each([
    [0, []],
    [MAX_TIMESTAMP, []],
    [-0.001, ['from', 'to']],
    [MAX_TIMESTAMP + 1, ['from', 'to']],
    [Number.NaN, ['from', 'to']],
    ['2026-01-01', ['from', 'to']],
    [new Date(0), ['from', 'to']],
  ])('takes times from 1970 to the last: %s', (at, refused) => {
    expect(refusedOf(accept, { from: at, to: at })).toEqual(refused)
  })

  test('keeps microseconds of its times', () => {
    expect(read({ from: 0, to: 1_750_000_000_000.25 })).toEqual({ from: 0, to: 1_750_000_000_000.25 })
  })

  test('refuses null, which could be taken for no limit', () => {
    expect(refusedOf(accept, { [ids[0]!]: null, from: null }).sort()).toEqual([ids[0]!, 'from'].sort())
  })

  test('refuses what it does not know, by name', () => {
    expect(refusedOf(accept, { limit: 10, where: 'x' })).toEqual(['limit', 'where'])
  })

  test.each([
    ['text', 'text'],
    ['an array', []],
    ['null', 7],
  ])('is no %s', (__, query) => {
    expect(refusedOf(accept, query as never)).toHaveLength(1)
  })
})

describe.each([
  ['traces', acceptTraceQuery],
  ['spans', acceptSpanQuery],
])('the least duration of %s', (_, accept) => {
  test.each([0, 0.001, MAX_TIMESTAMP])('may be %d', (minDuration) => {
    expect(accept({ minDuration })).toEqual({ minDuration })
  })

  test.each([-0.001, MAX_TIMESTAMP + 1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('may not be %s', (minDuration) => {
    expect(refusedOf(accept, { minDuration })).toEqual(['minDuration'])
  })
})

describe.each([
  ['spans', acceptSpanQuery],
  ['runs', acceptRunQuery],
])('the trace of %s', (_, accept) => {
  test('is found in capitals', () => {
    expect(accept({ traceId: 'AB'.repeat(16) })).toEqual({ traceId: 'ab'.repeat(16) })
  })

  test.each(['a'.repeat(31), 'a'.repeat(33), '0'.repeat(32), 'g'.repeat(32), ''])('is not %s', (traceId) => {
    expect(refusedOf(accept, { traceId })).toEqual(['traceId'])
  })
})
