import { describe, expect, test } from 'vitest'
import type { MigrationState, MigrationStatus } from '../src/migrations.js'
import {
  checkDomain,
  chosenDomains,
  pendingMigrations,
  refuseForeignSchema,
  requireSchema,
  schemaStatus,
} from '../src/rules/schema-state.js'

const statusOf = (...states: MigrationState[]): MigrationStatus[] =>
  states.map((state, i) => ({ domain: 'audit', name: `000${i + 1}_step`, state }))

const outcomeOf = (attempt: () => void): string => {
  try {
    attempt()
    return 'ok'
  } catch (error) {
    const { code, retryable, message } = error as { code: string; retryable: boolean; message: string }
    return `${code}${retryable ? ', try again' : ''}: ${message}`
  }
}

describe('the state of a migration', () => {
  test.each<[MigrationState, [string, string][], [string, string][]]>([
    ['pending', [['a', '1']], []],
    ['applied', [['a', '1']], [['a', '1']]],
    ['changed', [['a', '1']], [['a', '2']]],
    ['unknown', [], [['a', '1']]],
    ['changed', [['a', '1']], [['a', '']]],
  ])('%s', (state, known, applied) => {
    expect(schemaStatus('audit', new Map(known), new Map(applied))).toEqual([{ domain: 'audit', name: 'a', state }])
  })

  test('is told once for each, by name', () => {
    const known = new Map([
      ['0002', '2'],
      ['0001', '1'],
    ])
    const applied = new Map([
      ['0003', '3'],
      ['0001', '1'],
    ])
    expect(schemaStatus('traces', known, applied).map(({ name, state }) => `${name} ${state}`)).toEqual([
      '0001 applied',
      '0002 pending',
      '0003 unknown',
    ])
  })

  test('of nothing is nothing', () => {
    expect(schemaStatus('audit', new Map(), new Map())).toEqual([])
  })
})

test('what is pending is applied in its own order', () => {
  const migrations = ['0003_step', '0001_step', '0002_step'].map((name) => ({ name }))
  expect(pendingMigrations('audit', migrations, statusOf('pending', 'applied', 'pending'))).toEqual([
    { name: '0003_step' },
    { name: '0001_step' },
  ])
})

test('what is applied is not pending', () => {
  expect(pendingMigrations('audit', [{ name: '0001_step' }], statusOf('applied'))).toEqual([])
})

test.each<[MigrationState]>([['changed'], ['unknown']])('beside what is %s nothing is told as pending', (state) => {
  const steps = [{ name: '0001_step' }, { name: '0002_step' }]
  expect(outcomeOf(() => pendingMigrations('audit', steps, statusOf(state, 'pending')))).toMatch(/^unsupported: /)
})

const NEWER =
  'unsupported: the schema of audit is newer than this build: it has 0002_step; upgrade Freehold, nothing was changed'
const CHANGED = (name: string) =>
  `unsupported: the schema of audit was made by another ${name} than this build has; use the build that made it, nothing was changed`
const MISSING =
  'unsupported: the schema of audit is missing or older than this build; bring it up to date with `migrate: true` or migrations.up()'

describe('a schema', () => {
  test.each<[MigrationState[], string, string]>([
    [[], 'ok', 'ok'],
    [['applied'], 'ok', 'ok'],
    [['applied', 'applied'], 'ok', 'ok'],
    [['pending'], 'ok', MISSING],
    [['applied', 'pending'], 'ok', MISSING],
    [['applied', 'unknown'], NEWER, NEWER],
    [['pending', 'unknown'], NEWER, NEWER],
    [['changed'], CHANGED('0001_step'), CHANGED('0001_step')],
    [['applied', 'changed'], CHANGED('0002_step'), CHANGED('0002_step')],
    [['changed', 'unknown'], NEWER, NEWER],
    [['pending', 'changed'], CHANGED('0002_step'), CHANGED('0002_step')],
  ])('with %j may be changed, and used', (states, changing, using) => {
    const status = statusOf(...states)
    expect([
      outcomeOf(() => refuseForeignSchema('audit', status)),
      outcomeOf(() => requireSchema('audit', status)),
    ]).toEqual([changing, using])
  })

  test('that a database may hide is not told as missing, unless a part of it is seen', () => {
    const [hidden, seen] = [statusOf('pending', 'pending'), statusOf('applied', 'pending')]
    expect(outcomeOf(() => requireSchema('audit', hidden, true))).toMatch(
      /^unsupported: .* or this user may not see it; /,
    )
    expect(outcomeOf(() => requireSchema('audit', seen, true))).toBe(MISSING)
  })
})

describe('the domains of a call', () => {
  const routed = ['audit', 'traces'] as const

  test('are all that are routed here, unless one is named', () => {
    expect(chosenDomains(routed, undefined)).toEqual(['audit', 'traces'])
  })

  test.each(routed)('are %s alone where it is named', (domain) => {
    expect(chosenDomains(routed, domain)).toEqual([domain])
  })

  test.each([chosenDomains, checkDomain])('are refused where it is routed elsewhere', (check) => {
    expect(outcomeOf(() => check(routed, 'sessions'))).toBe(
      'invalid: migrations: domain: is not a domain of this database; it has audit, traces',
    )
  })
})
