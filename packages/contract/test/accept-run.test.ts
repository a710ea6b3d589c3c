import { describe, expect, test } from 'vitest'
import { acceptRun, acceptRunPatch, acceptUpdateOptions, changeRun, completeRun } from '../src/rules/accept-run.js'
import type { Run } from '../src/session.js'
import { largeMarks } from './large-marks.js'
import { fieldsOf } from './refused-fields.js'
import { stored } from './stored-session.js'

const NOW = 1000
/** More than a record may have. */
const marked = (field: string) => {
  const fields = { input: largeMarks(), output: largeMarks(), metadata: largeMarks() }
  return { ...fields, [field]: { ...largeMarks(), text: 'x'.repeat(1000) } }
}

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
      metadata: { m: 1 },
      type: 'team',
      agentId: 'a',
      teamId: 't',
      workflowId: 'w',
      userId: 'u',
      parentRunId: 'p',
      provider: 'p',
      model: 'm',
      usage: {
        promptTokens: 1,
        completionTokens: 2,
        cacheReadTokens: 3,
        cacheWriteTokens: 4,
        reasoningTokens: 5,
        cost: 0.5,
      },
      traceId: 'a'.repeat(32),
      error: '',
    }
    expect(run(told)).toEqual({ id: 'r', sessionId: 's', ...told })
  })

  test('does not take from its caller what the store keeps', () => {
    expect(run({ seq: 5, repairs: [] })).toEqual(run())
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

  test('names its session', () => {
    expect(() => run({ sessionId: undefined })).toThrow(/^run: sessionId: is missing; name the session \S/)
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

  test('has no owner where its session has none', () => {
    expect(completeRun(run(), stored(), 8)).toStrictEqual({ ...run(), type: 'agent', seq: 8 })
  })

  test.each<[string, string, () => object]>([
    ['input', 'its input', () => marked('input')],
    ['metadata', 'its metadata', () => marked('metadata')],
    ['error', 'a longer error', () => ({ ...marked('input'), error: 'x'.repeat(100_000) })],
  ])('is refused by its %s where it is too large with the marks of %s', (field, _, fields) => {
    expect(() => run(fields())).toThrow(new RegExp(`^run: ${field}: makes \\d+ bytes of JSON, .* 12582912 `))
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
    ['its start', { startedAt: 5 }, { startedAt: 5 }],
    ['its provider', { provider: 'p' }, { provider: 'p' }],
  ])('changes %s', (_, patch, change) => {
    expect(patched(patch)).toStrictEqual(change)
  })

  test('tells a null from what is absent', () => {
    expect(changeRun({ ...RUN, input: null }, { input: undefined }, undefined)).toStrictEqual({ input: undefined })
    expect(changeRun(RUN, { output: null }, undefined)).toStrictEqual({ output: null })
  })

  test('marks what it repairs, and keeps the marks of the rest', () => {
    const before = [
      { field: 'model', reason: 'cut' },
      { field: 'input.a', reason: 'cut' },
    ]
    const { repairs, ...told } = changeRun({ ...RUN, repairs: before }, acceptRunPatch({ model: 'a\0' }), undefined)
    expect(told).toEqual({ model: 'a\uFFFD' })
    expect(repairs).toEqual([before[1], { field: 'model', reason: expect.stringContaining('U+FFFD') }])
  })

  test('takes the marks of what it sets anew', () => {
    const before = { ...RUN, repairs: [{ field: 'model', reason: 'cut' }] }
    expect(changeRun(before, acceptRunPatch({ model: 'n' }), undefined)).toStrictEqual({
      model: 'n',
      repairs: undefined,
    })
  })

  test('that makes the run too large is refused by its largest field', () => {
    expect(() => patched({ model: 'n', ...marked('output') })).toThrow(
      /^run patch: output: makes \d+ bytes of JSON, .* 12582912 /,
    )
  })

  test.each<[object, string, string]>([
    [{ status: null }, 'status', 'is null; a run always has a status'],
    [{ startedAt: null }, 'startedAt', 'is null; a run always has a start'],
  ])('%j is refused by its %s', (patch, field, message) => {
    expect(() => acceptRunPatch(patch as never)).toThrow(expect.objectContaining({ problems: [{ field, message }] }))
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
      const message = expect.stringMatching(/is running, not pending; read it again$/)
      expect(() => patched(patch, 'pending')).toThrow(expect.objectContaining({ code: 'conflict', message }))
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
