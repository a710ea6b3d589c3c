import { describe, expect, test } from 'vitest'
import {
  acceptRun,
  acceptRunPatch,
  acceptSession,
  acceptUpdateOptions,
  changeRun,
  changeSession,
  completeRun,
} from '../src/rules/accept-session.js'
import type { Run, Session } from '../src/sessions.js'
import { fieldsOf } from './refused-fields.js'

const NOW = 1000
const session = (fields: object = {}, options?: object) => acceptSession({ id: 's', type: 'agent', ...fields }, options)
const stored = (fields: Partial<Session> = {}): Session => ({
  id: 's',
  type: 'agent',
  version: 3,
  runs: 7,
  createdAt: 10,
  updatedAt: 20,
  ...fields,
})
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

describe('a run', () => {
  const run = (fields: object = {}) => acceptRun({ id: 'r', sessionId: 's', ...fields }, NOW)

  test('begins now and is pending unless told', () => {
    expect(run()).toEqual({ id: 'r', sessionId: 's', status: 'pending', startedAt: NOW })
  })

  test('is as it was told', () => {
    const told = {
      status: 'error',
      startedAt: 1,
      endedAt: 2,
      input: null,
      output: 0,
      messages: [],
      type: 'team',
      userId: 'u',
      parentRunId: 'p',
      error: '',
    }
    expect(run(told)).toEqual({ id: 'r', sessionId: 's', ...told })
  })

  test('gets an id of its own', () => {
    expect(run({ id: undefined }).id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each<[object, string[]]>([
    [{ sessionId: undefined }, ['sessionId']],
    [{ status: 'done' }, ['status']],
    [{ error: 'x'.repeat(100_000) }, []],
    [{ error: 'x'.repeat(100_001) }, ['error']],
    [{ model: 'x'.repeat(256) }, ['model']],
    [{ metadata: [] }, ['metadata']],
    [{ usage: { promptTokens: 0, cost: 0.5 } }, []],
    [
      { usage: { promptTokens: -1, reasoningTokens: 1.5, cost: '1' } },
      ['usage.promptTokens', 'usage.reasoningTokens', 'usage.cost'],
    ],
    [{ usage: { tokens: 1 } }, ['usage.tokens']],
    [{ usage: 5 }, ['usage']],
    [{ traceId: 'x' }, ['traceId']],
    [{ metadata: null }, ['metadata']],
  ])('%o is refused by %j', (fields, refused) => {
    expect(fieldsOf(() => run(fields))).toEqual(refused)
  })

  test('has the owners and the type of its session where it has none', () => {
    const owners = { agentId: 'a', teamId: 't', workflowId: 'w', userId: 'u' }
    expect(completeRun(run({ teamId: 'own' }), stored({ ...owners, type: 'workflow' }), 8)).toEqual({
      ...run(),
      ...owners,
      teamId: 'own',
      type: 'workflow',
      seq: 8,
    })
  })

  test('keeps a type of its own', () => {
    expect(completeRun(run({ type: 'team' }), stored(), 1).type).toBe('team')
  })
})

describe('a patch of a run', () => {
  const RUN: Run = {
    id: 'r',
    sessionId: 's',
    seq: 1,
    type: 'agent',
    status: 'running',
    startedAt: 1,
    input: { a: 1, b: 2 },
    model: 'm',
  }
  const patched = (patch: object, ifStatus?: Run['status']) => changeRun(RUN, acceptRunPatch(patch), ifStatus)

  test.each<[string, object, object]>([
    ['nothing', {}, {}],
    ['what is the same', { status: 'running', model: 'm', input: { b: 2, a: 1 } }, {}],
    ['what is another', { status: 'completed', output: null }, { status: 'completed' }],
    ['what is cleared', { model: null }, { model: undefined }],
    ['nothing of what is cleared already', { provider: null }, {}],
    ['a false value', { output: false }, { output: false }],
  ])('changes %s', (_, patch, change) => {
    expect(patched(patch)).toStrictEqual(change)
  })

  test.each<[object, string[]]>([
    [{ status: null }, ['status']],
    [{ status: 'x' }, ['status']],
    [{ seq: 2 }, ['seq']],
    [{ sessionId: 't' }, ['sessionId']],
    [{ endedAt: -1 }, ['endedAt']],
    [{ usage: { promptTokens: -1 } }, ['usage.promptTokens']],
    [{ usage: null, endedAt: null, traceId: null, error: null, metadata: null, messages: null }, []],
  ])('%o is refused by %j', (patch, refused) => {
    expect(fieldsOf(() => acceptRunPatch(patch))).toEqual(refused)
  })

  test('is made in the status that was expected', () => {
    expect(patched({ status: 'completed' }, 'running')).toEqual({ status: 'completed' })
  })

  test.each([{}, { status: 'running' }])(
    'is a conflict in another status, even where it changes nothing: %j',
    (patch) => {
      expect(() => patched(patch, 'pending')).toThrow(expect.objectContaining({ code: 'conflict' }))
    },
  )

  test.each<[object | undefined, string | undefined]>([
    [undefined, undefined],
    [{}, undefined],
    [{ ifStatus: 'paused' }, 'paused'],
  ])('expects with %j: %s', (options, status) => {
    expect(acceptUpdateOptions(options)).toBe(status)
  })

  test.each([{ ifStatus: 'x' }, { ifStatus: null }, { ifVersion: 1 }])('is refused with %j', (options) => {
    expect(fieldsOf(() => acceptUpdateOptions(options as never))).toEqual([Object.keys(options)[0]])
  })
})
