import type { Shape, SpanInput, TenantStorage } from '@freehold/contract'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'

export type Stores = Pick<TenantStorage, 'traces' | 'sessions' | 'approvals' | 'audit'>

/** A write, and what may happen around it. */
export interface Scenario {
  name: string
  prepare?(on: Stores): Promise<unknown>
  act(on: Stores): Promise<unknown>
  /** What another writer does before it is delivered again. */
  other(on: Stores): Promise<unknown>
}

const LONG_AGO = 1
const ANYTHING: Shape = {
  name: 'anything',
  schema: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
}

export const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)
const batchOf = (numbers: readonly number[]): SpanInput[] =>
  numbers.map((n) => ({ ...spanOf(traceIdOf(1 + (n % 2)), n), labels: { environment: 'prod', [`l.${n}`]: n } }))
const running = (numbers: readonly number[]) => batchOf(numbers).map((span) => ({ ...span, endedAt: undefined }))
const session = { id: 's', type: 'agent' } as const
const TOGETHER = ['first', 'second', 'third'].map((id) => ({
  ...{ id, sessionId: 's', startedAt: 1_000 },
  labels: { release: id },
}))
const entry = (id: string, stream = 'main') => ({ id, stream, actor: 'ann', action: 'refund', data: { 'a.b': id } })
const approve = (by: string) => ({ decision: 'approved', by }) as const

const TRACES: Scenario[] = [
  {
    name: 'writing spans of new traces',
    act: ({ traces }) => traces.write(batchOf(range(6))),
    other: ({ traces }) => traces.write(batchOf(range(4, 3))),
  },
  {
    name: 'writing new spans of known traces',
    prepare: ({ traces }) => traces.write(batchOf(range(4))),
    act: ({ traces }) => traces.write(batchOf(range(6, 4))),
    other: ({ traces }) => traces.write(batchOf(range(4, 20))),
  },
  {
    name: 'writing spans that are known, new and changed',
    prepare: ({ traces }) => traces.write(running(range(4))),
    act: ({ traces }) => traces.write(batchOf(range(6, 1))),
    other: ({ traces }) => traces.write(running(range(9))),
  },
  {
    name: 'removing a trace',
    prepare: ({ traces }) => traces.write(batchOf(range(6))),
    act: ({ traces }) => traces.remove(traceIdOf(1)),
    other: ({ traces }) => traces.write(batchOf(range(4, 20))),
  },
]

const SESSIONS: Scenario[] = [
  {
    name: 'saving a new session',
    act: ({ sessions }) => sessions.save({ ...session, state: { step: 1 } }),
    other: ({ sessions }) => sessions.save({ ...session, name: 'other' }),
  },
  {
    name: 'saving a change',
    prepare: ({ sessions }) => sessions.save(session),
    act: ({ sessions }) => sessions.save({ ...session, state: { step: 1 }, labels: { tier: 1 } }),
    other: ({ sessions }) => sessions.appendRun({ id: 'other', sessionId: 's' }),
  },
  {
    name: 'appending a run',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'first', sessionId: 's' })
    },
    act: ({ sessions }) => sessions.appendRun({ id: 'second', sessionId: 's', startedAt: 1_000 }),
    other: ({ sessions }) => sessions.appendRun({ id: 'other', sessionId: 's' }),
  },
  {
    name: 'appending runs together',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'first', sessionId: 's' })
    },
    act: ({ sessions }) => sessions.appendRuns(TOGETHER),
    other: async ({ sessions }) => {
      await sessions.appendRun({ id: 'other', sessionId: 's' })
      await sessions.appendRuns([{ id: 'more', sessionId: 's' }, ...TOGETHER.slice(1)])
    },
  },
  {
    name: 'updating a run',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'first', sessionId: 's', startedAt: 1_000 })
    },
    act: ({ sessions }) =>
      sessions.updateRun('first', { status: 'completed', output: { $set: 1 }, labels: { release: '1.4' } }),
    other: ({ sessions }) => sessions.updateRun('first', { model: 'small' }),
  },
  {
    name: 'removing a session',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      for (const id of ['a', 'b', 'c']) await sessions.appendRun({ id, sessionId: 's' })
    },
    act: ({ sessions }) => sessions.remove('s'),
    other: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'a', sessionId: 's' })
    },
  },
]

const APPROVALS: Scenario[] = [
  {
    name: 'requesting an approval',
    act: ({ approvals }) => approvals.request({ id: 'a', runId: 'r', toolCallId: 'c', args: { $x: 1 } }),
    other: ({ approvals }) => approvals.request({ runId: 'r', toolCallId: 'c', args: { $x: 1 } }),
  },
  {
    name: 'deciding',
    prepare: ({ approvals }) => approvals.request({ id: 'a', policy: { quorum: 2 } }),
    act: async ({ approvals }) => (await approvals.decide('a', approve('ann'))).approval,
    other: ({ approvals }) => approvals.decide('a', approve('bob')),
  },
  {
    name: 'sweeping what has expired',
    prepare: async ({ approvals }) => {
      for (const id of ['a', 'b']) await approvals.request({ id, expiresAt: LONG_AGO })
    },
    act: ({ approvals }) => approvals.expire().then(() => undefined),
    other: ({ approvals }) => approvals.decide('a', approve('bob')),
  },
  ...(['consume', 'cancel'] as const).map((verb): Scenario => {
    const spend = ({ approvals }: Stores) =>
      verb === 'consume' ? approvals.consume('a') : approvals.cancel('a', 'ann')
    return {
      name: `${verb} of an approval`,
      prepare: async ({ approvals }) => {
        await approvals.request({ id: 'a' })
        if (verb === 'consume') await approvals.decide('a', approve('bob'))
      },
      // A second time is refused: by then it is done.
      act: (on) =>
        spend(on).then(
          () => undefined,
          (error: { code?: string }) => {
            if (error.code !== 'conflict') throw error
          },
        ),
      other: ({ approvals }) => approvals.list(),
    }
  }),
  {
    name: 'removing an approval',
    prepare: async ({ approvals }) => {
      await approvals.request({ id: 'a', runId: 'r', toolCallId: 'c' })
      await approvals.cancel('a', 'ann')
    },
    act: ({ approvals }) => approvals.remove('a'),
    other: ({ approvals }) => approvals.request({ id: 'b', runId: 'r', toolCallId: 'c' }),
  },
]

const AUDIT: Scenario[] = [
  {
    name: 'appending to a new stream',
    act: ({ audit }) => audit.append([entry('a'), entry('b')]),
    other: ({ audit }) => audit.append([entry('c')]),
  },
  {
    name: 'appending to streams that are there, what is there and what is not',
    prepare: ({ audit }) => audit.append([entry('a'), entry('x', 'second')]),
    act: ({ audit }) => audit.append([entry('b'), entry('a'), entry('y', 'second'), entry('c')]),
    other: ({ audit }) => audit.append([entry('d'), entry('z', 'second'), entry('b')]),
  },
  {
    name: 'appending what is refused',
    prepare: ({ audit }) => audit.append([entry('a')]),
    act: ({ audit }) =>
      audit.append([entry('b', 'second'), { ...entry('a'), actor: 'bob' }]).then(
        () => undefined,
        (error: { code?: string }) => {
          if (error.code !== 'conflict') throw error
        },
      ),
    other: ({ audit }) => audit.append([entry('b', 'second')]),
  },
  {
    name: 'remembering a head',
    prepare: ({ audit }) => audit.append([entry('a')]),
    act: ({ audit }) => audit.checkpoint(),
    other: ({ audit }) => audit.append([entry('b')]),
  },
  {
    name: 'remembering the head of an empty stream',
    act: ({ audit }) => audit.checkpoint(),
    other: ({ audit }) => audit.append([entry('b')]),
  },
  {
    name: 'defining a shape',
    act: ({ audit }) => audit.define(ANYTHING),
    other: ({ audit }) => audit.append([entry('b')]),
  },
]

export const SCENARIOS: readonly Scenario[] = [...TRACES, ...SESSIONS, ...APPROVALS, ...AUDIT]
