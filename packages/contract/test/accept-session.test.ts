import { describe, expect, test } from 'vitest'
import { acceptSession, changeSession } from '../src/rules/accept-session.js'
import type { Session } from '../src/session.js'
import { largeMarks } from './large-marks.js'
import { fieldsOf } from './refused-fields.js'
import { stored } from './stored-session.js'

const NOW = 1000
const session = (fields: object = {}, options?: object) => acceptSession({ id: 's', type: 'agent', ...fields }, options)
const changed = (before: Partial<Session>, change: object, options?: object, now = NOW) =>
  changeSession(stored(before), session(change, options), now)

describe('a session', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ id: undefined }, ['id']],
    [{ id: '' }, ['id']],
    [{ type: undefined }, ['type']],
    [{ type: 'AGENT' }, ['type']],
    [{ name: 'x'.repeat(255) }, []],
    [{ name: 'x'.repeat(256) }, ['name']],
    [{ summary: 'x'.repeat(100_000) }, []],
    [{ summary: 'x'.repeat(100_001) }, ['summary']],
    [{ state: [] }, ['state']],
    [{ metadata: 'x' }, ['metadata']],
    [{ userId: null }, ['userId']],
    [{ name: null, summary: null, state: null, metadata: null }, []],
    [{ version: -1 }, ['version']],
    [{ colour: 1, type: 'x' }, ['colour', 'type']],
  ])('%o is refused by %j', (fields, refused) => {
    expect(fieldsOf(() => session(fields))).toEqual(refused)
  })

  test.each<[object, object, number | undefined]>([
    [{}, {}, undefined],
    [{ version: 3 }, {}, 3],
    [{ version: 0 }, {}, 0],
    [{}, { ifVersion: 0 }, 0],
    [{ version: 3 }, { ifVersion: 5 }, 5],
  ])('%j with %j is based on %s', (fields, options, basis) => {
    expect(session(fields, options).basis).toBe(basis)
  })

  test.each([{ ifVersion: -1 }, { ifVersion: 1.5 }, { ifversion: 1 }])('is refused with %j', (options) => {
    expect(fieldsOf(() => session({}, options))).toEqual([Object.keys(options)[0]])
  })

  test.each<[object, RegExp]>([
    [{ id: null }, /^session: id: is null; \S/],
    [{ type: undefined }, /^session: type: is missing; give one of agent, team, workflow$/],
  ])('%o is told with the remedy', (fields, message) => {
    expect(() => session(fields)).toThrow(message)
  })

  test('sets what is given and clears what is null', () => {
    expect(session({ name: 'n', userId: 'u', state: null, metadata: {} })).toEqual({
      id: 's',
      type: 'agent',
      set: { name: 'n', userId: 'u', metadata: {} },
      clear: ['state'],
    })
  })

  test('does not take from its caller what the store keeps', () => {
    expect(session({ runs: 5, createdAt: 1, updatedAt: 2, repairs: [] }).set).toEqual({})
  })
})

describe('a session that is new', () => {
  test('begins at version 1 without runs', () => {
    expect(changeSession(undefined, session({ name: 'n', state: null }), NOW)).toEqual({
      id: 's',
      type: 'agent',
      name: 'n',
      version: 1,
      runs: 0,
      createdAt: NOW,
      updatedAt: NOW,
    })
  })

  test.each([
    [0, true],
    [1, false],
  ])('is made from version %i: %s', (ifVersion, made) => {
    const make = () => changeSession(undefined, session({}, { ifVersion }), NOW)
    if (made) expect(make()?.version).toBe(1)
    else expect(make).toThrow(expect.objectContaining({ code: 'conflict' }))
  })
})

describe('a session that is there', () => {
  test.each<[string, Partial<Session>, object]>([
    ['nothing is given', { name: 'n' }, {}],
    ['all is the same', { name: 'n', userId: 'u' }, { name: 'n', userId: 'u' }],
    ['keys are in another order', { state: { a: 1, b: 2 } }, { state: { b: 2, a: 1 } }],
    ['what is cleared is not there', {}, { name: null, state: null }],
  ])('is not changed where %s', (_, before, change) => {
    expect(changed(before, change)).toBeUndefined()
  })

  test('changes in what is given and in nothing else', () => {
    expect(
      changed({ name: 'a', state: { a: 1 }, metadata: { m: 1 } }, { state: { b: 1 }, metadata: null, userId: 'u' }),
    ).toEqual({
      ...stored({ name: 'a', state: { b: 1 }, userId: 'u' }),
      version: 4,
      updatedAt: NOW,
    })
  })

  test('is not updated before it was', () => {
    expect(changed({ updatedAt: 2000 }, { name: 'n' })?.updatedAt).toBe(2000)
  })

  test.each<[string, Session | undefined, object, object | undefined, RegExp]>([
    ['version', stored(), {}, { ifVersion: 2 }, /is at version 3, not at version 2; read it again/],
    ['absence', undefined, {}, { ifVersion: 2 }, /does not exist, not at version 2; read it again/],
    ['type', stored(), { type: 'team' }, undefined, /is of type agent, not team; give each its own id/],
    ['owner', stored({ teamId: 'a' }), { teamId: 'b' }, undefined, /to another teamId; an owner never changes, \S/],
  ])('is a conflict that names its %s, and what to do', (_, before, change, options, message) => {
    expect(() => changeSession(before, session(change, options), NOW)).toThrow(message)
  })

  test.each<[string, Partial<Session>, object, object | undefined]>([
    ['the version is less', {}, {}, { ifVersion: 2 }],
    ['the version is more', {}, {}, { ifVersion: 4 }],
    ['it was to be new', {}, {}, { ifVersion: 0 }],
    ['the type is another', {}, { type: 'team' }, undefined],
    ...(['agentId', 'teamId', 'workflowId', 'userId'] as const).map(
      (owner): [string, Partial<Session>, object, undefined] => [
        `${owner} is another`,
        { [owner]: 'a' },
        { [owner]: 'b' },
        undefined,
      ],
    ),
  ])('is a conflict where %s', (_, before, change, options) => {
    expect(() => changed(before, change, options)).toThrow(
      expect.objectContaining({ code: 'conflict', retryable: false }),
    )
  })

  test('may be based on its version', () => {
    expect(changed({}, { name: 'n' }, { ifVersion: 3 })?.version).toBe(4)
  })

  test('keeps the owners that a save leaves out', () => {
    expect(changed({ agentId: 'a', userId: 'u' }, { name: 'n' })).toMatchObject({ agentId: 'a', userId: 'u' })
  })
})

describe('a session that is too large with its marks', () => {
  const text = 'x'.repeat(8_200_000)
  const large = /^session: state: makes \d+ bytes of JSON, .* at most 12582912 are kept, /

  test('is refused by its largest field, new', () => {
    expect(() => changeSession(undefined, session({ name: 'n', state: { ...largeMarks(), text } }), NOW)).toThrow(large)
  })

  test('is refused by its largest field, changed', () => {
    expect(() => changed({ metadata: { text } }, { name: 'n', state: largeMarks() })).toThrow(large)
  })
})
