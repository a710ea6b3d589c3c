import {
  RUN_STATUSES,
  type RunInput,
  type RunPatch,
  type RunQuery,
  SESSION_TYPES,
  type SessionInput,
  type SessionQuery,
} from '@freehold/contract'
import fc from 'fast-check'
import { traceId } from '../cases/spans.js'
import { type Call, calls } from './call.js'
import { paged } from './lists.js'
import { anyId, id, json, labels, limit, name, noPage, object, some, text, time } from './values.js'

const owners = { agentId: id, teamId: id, workflowId: id, userId: id }
const type = fc.constantFrom(...SESSION_TYPES)
const status = fc.constantFrom(...RUN_STATUSES)
const trace = fc.constantFrom(traceId(1), traceId(2))

const session = fc
  .tuple(anyId, fc.oneof({ weight: 8, arbitrary: fc.constant('agent' as const) }, { weight: 1, arbitrary: type }))
  .chain(([id, type]) =>
    some<SessionInput>({
      ...owners,
      name: text,
      summary: text,
      state: object,
      metadata: object,
      labels,
      version: fc.integer({ min: 0, max: 3 }),
    } as never).map((more) => ({ ...more, id, type }) as SessionInput),
  )

const patchable = {
  provider: name,
  model: name,
  error: text,
  input: json,
  output: json,
  messages: json,
  metadata: object,
  labels,
  usage: fc.constantFrom({ promptTokens: 3, cost: 0.1 }, {}, { promptTokens: -1 }),
  traceId: trace,
  startedAt: time,
  endedAt: time,
}

/** With a start of its own: what the store stamps differs from store to store. */
const run = fc
  .tuple(id, anyId, time, some<RunInput>({ ...owners, ...patchable, type, status, parentRunId: id } as never))
  .map(([id, sessionId, startedAt, more]) => ({ startedAt, ...more, id, sessionId }) as RunInput)
  .map((input) => (input.startedAt === null ? { ...input, startedAt: 1e12 } : input))

const patch = some<RunPatch>({ ...patchable, status } as never)

const sessionQuery = some<SessionQuery>({
  ...owners,
  type,
  from: fc.constantFrom(0),
  to: fc.constantFrom(0, 5e12),
  labels,
})
const runQuery = some<RunQuery>({
  ...owners,
  type,
  status,
  model: name,
  parentRunId: id,
  traceId: trace,
  from: time,
  to: time,
  sessionId: id,
  labels,
})

const saveOptions = fc.constantFrom(undefined, undefined, undefined, { ifVersion: 0 }, { ifVersion: 1 })
const updateOptions = fc.constantFrom(undefined, undefined, { ifStatus: 'running' as const })
const named = fc.tuple(anyId)

export const sessionCalls: fc.Arbitrary<Call> = fc.oneof(
  calls(5, 'sessions.save', fc.tuple(session, saveOptions), ({ sessions }, input, options) =>
    sessions.save(input, options),
  ),
  calls(5, 'sessions.appendRun', fc.tuple(run), ({ sessions }, input) => sessions.appendRun(input)),
  calls(
    3,
    'sessions.appendRuns',
    fc.tuple(fc.array(run, { maxLength: 4 }), fc.boolean()),
    ({ sessions }, inputs, ofOne) =>
      sessions.appendRuns(ofOne ? inputs.map((input) => ({ ...input, sessionId: inputs[0]!.sessionId })) : inputs),
  ),
  calls(4, 'sessions.updateRun', fc.tuple(anyId, patch, updateOptions), ({ sessions }, id, fields, options) =>
    sessions.updateRun(id, fields, options),
  ),
  calls(1, 'sessions.remove', named, ({ sessions }, id) => sessions.remove(id)),
  calls(2, 'sessions.get', named, ({ sessions }, id) => sessions.get(id)),
  calls(2, 'sessions.run', named, ({ sessions }, id) => sessions.run(id)),
  calls(2, 'sessions.list', fc.tuple(sessionQuery, limit), ({ sessions }, query, most) =>
    paged((page) => sessions.list(query, page), most),
  ),
  calls(2, 'sessions.runs', fc.tuple(runQuery, limit), ({ sessions }, query, most) =>
    paged((page) => sessions.runs(query, page), most),
  ),
  calls(1, 'sessions.runs', fc.tuple(runQuery, noPage), ({ sessions }, query, page) => sessions.runs(query, page)),
)
