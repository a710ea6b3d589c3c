import { StoreError } from '../errors.js'
import { newId } from '../ids.js'
import type { Json } from '../json.js'
import {
  RUN_STATUSES,
  type Run,
  type RunInput,
  type RunPatch,
  type RunStatus,
  type RunUsage,
  SESSION_TYPES,
  type Session,
  type SessionOwners,
} from '../session.js'
import type { UpdateOptions } from '../sessions.js'
import type { Timestamp } from '../time.js'
import { conflict, SESSION_OWNERS, sameJson } from './accept-session.js'
import { compact, Fields } from './fields.js'
import { readItems } from './fields-source.js'
import { JsonBudget } from './json-budget.js'
import { labelsOf } from './labels.js'
import { changedFields, marksAfter } from './repairs.js'
import { MAX_RECORD, refuseTooLarge } from './sizes.js'

/** Most runs of one append. */
const MAX_RUNS = 1000
const RUN_TEXT = ['provider', 'model', 'error'] as const
const RUN_JSON = ['input', 'output', 'messages'] as const
/** What may make a run large. */
const RUN_LARGE = [...RUN_JSON, 'metadata', 'error']
const CLEARABLE_IN_RUN = [...RUN_TEXT, ...RUN_JSON, 'usage', 'traceId', 'endedAt', 'metadata', 'labels']
const PATCH_FIELDS = ['status', 'startedAt', ...CLEARABLE_IN_RUN]
const RUN_FIELDS = [...PATCH_FIELDS, 'id', 'sessionId', 'parentRunId', 'type', ...SESSION_OWNERS, 'seq', 'repairs']
const USAGE_COUNTS = [
  'promptTokens',
  'completionTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const

/** A run that was checked, without what its session decides: `seq`, and type and owners where they are absent. */
export type AcceptedRun = Omit<Run, 'seq' | 'type'> & { type?: Run['type'] }

/** @throws StoreError `invalid` */
export function acceptRun(input: RunInput, now: Timestamp): AcceptedRun {
  return readRun(fieldsOf(input), now)
}

/**
 * Checks the runs of one append: all, or none.
 * @throws StoreError `invalid`, with every problem by its place in the list
 */
export function acceptRuns(inputs: readonly RunInput[], now: Timestamp): AcceptedRun[] {
  const call = new Fields('runs', {}, [])
  const items = readItems(inputs, MAX_RUNS, 'runs')
  if (typeof items === 'string') call.problem('runs', items)
  const runs: AcceptedRun[] = []
  const budget = new JsonBudget()
  let bytes = 0
  for (const [index, item] of (typeof items === 'string' ? [] : items).entries()) {
    const fields = fieldsOf(item as RunInput)
    fields.budget = budget
    const run = runOr(call, `runs[${index}]`, () => readRun(fields, now))
    bytes += fields.bytes
    if (bytes > MAX_RECORD && call.problems.length === 0)
      call.problem('runs', `have more than ${MAX_RECORD} bytes of JSON; append fewer at a time`)
    if (bytes > MAX_RECORD || call.isFull) break
    if (run === undefined) continue
    if (runs.length > 0 && run.sessionId !== runs[0]!.sessionId)
      call.problem(
        `runs[${index}].sessionId`,
        'names another session than the runs before; append those of each by themselves',
      )
    runs.push(run)
  }
  call.done()
  return runs
}

/** `undefined` of a run that is refused, whose problems are then those of the call. */
function runOr(call: Fields, place: string, read: () => AcceptedRun): AcceptedRun | undefined {
  try {
    return read()
  } catch (error) {
    if (!StoreError.is(error) || error.code !== 'invalid') throw error
    for (const { field, message } of error.problems)
      call.problem(field === 'run' ? place : `${place}.${field}`, message)
    return undefined
  }
}

function fieldsOf(input: RunInput): Fields {
  return new Fields('run', input, RUN_FIELDS, 'strict', '', RUN_JSON)
}

function readRun(fields: Fields, now: Timestamp): AcceptedRun {
  const run = compact({
    id: fields.id('id') ?? newId(),
    sessionId: fields.required('sessionId', fields.id('sessionId'), 'name the session it belongs to'),
    parentRunId: fields.id('parentRunId'),
    type: fields.choice('type', SESSION_TYPES),
    agentId: fields.id('agentId'),
    teamId: fields.id('teamId'),
    workflowId: fields.id('workflowId'),
    userId: fields.id('userId'),
    ...patchable(fields),
    startedAt: fields.time('startedAt') ?? now,
    status: fields.choice('status', RUN_STATUSES) ?? 'pending',
  })
  fields.done()
  const marked = { ...run, ...fields.marks() }
  refuseTooLarge('run', marked, RUN_LARGE)
  return marked
}

/** The run as an append stores it. */
export function completeRun(run: AcceptedRun, session: Session, seq: number): Run {
  const owners: SessionOwners = {}
  for (const owner of SESSION_OWNERS) {
    const id = run[owner] ?? session[owner]
    if (id !== undefined) owners[owner] = id
  }
  return { ...run, ...owners, type: run.type ?? session.type, seq }
}

/** What to change in a run, with `undefined` for what is cleared. @throws StoreError `invalid` */
export function acceptRunPatch(patch: RunPatch): Partial<Run> {
  const fields = new Fields('run patch', patch, PATCH_FIELDS, 'strict', '', PATCH_FIELDS)
  for (const field of ['status', 'startedAt'])
    if (fields.clears(field))
      fields.problem(field, `is null; a run always has a ${field === 'status' ? field : 'start'}`)
  const set: Record<string, unknown> = {
    ...patchable(fields),
    startedAt: fields.time('startedAt'),
    status: fields.choice('status', RUN_STATUSES),
  }
  fields.done()
  const named = PATCH_FIELDS.filter((field) => fields.has(field))
  const changed = Object.fromEntries(named.map((field) => [field, fields.clears(field) ? undefined : set[field]]))
  return { ...changed, ...fields.marks() }
}

/** The status that an update expects. @throws StoreError `invalid` */
export function acceptUpdateOptions(options: UpdateOptions = {}): RunStatus | undefined {
  const fields = new Fields('options', options, ['ifStatus'])
  const status = fields.choice('ifStatus', RUN_STATUSES)
  fields.done()
  return status
}

/**
 * What a patch changes in a run, its marks among it: nothing of what is the same already.
 * @throws StoreError `conflict` when the run is not in the expected status.
 */
export function changeRun(run: Run, patch: Partial<Run>, ifStatus: RunStatus | undefined): Partial<Run> {
  if (ifStatus !== undefined && run.status !== ifStatus)
    throw conflict(`the run is ${run.status}, not ${ifStatus}; read it again`)
  const { repairs, ...set } = patch
  const isSame = (field: string) => sameJson(run[field as keyof Run] as Json, patch[field as keyof Run] as Json)
  const changed = changedFields(Object.keys(set), isSame, run.repairs, repairs)
  const marks = marksAfter(run.repairs, changed, repairs)
  const told: Partial<Run> = Object.fromEntries(changed.map((name) => [name, patch[name as keyof Run]]))
  refuseTooLarge('run patch', { ...run, ...told, ...marks }, changed)
  return sameJson(run.repairs as never, marks.repairs as never) ? told : { ...told, repairs: marks.repairs }
}

function patchable(fields: Fields): Partial<Run> {
  return {
    provider: fields.name('provider'),
    model: fields.name('model'),
    error: fields.text('error', 100_000),
    input: fields.json('input'),
    output: fields.json('output'),
    messages: fields.json('messages'),
    metadata: fields.object('metadata'),
    labels: labelsOf(fields),
    usage: usageOf(fields),
    traceId: fields.hex('traceId', 32),
    endedAt: fields.time('endedAt'),
  }
}

function usageOf(fields: Fields): RunUsage | undefined {
  if (!fields.has('usage') || fields.clears('usage')) return undefined
  const usage = new Fields('usage', fields.raw('usage'), [...USAGE_COUNTS, 'cost'], 'strict', 'usage')
  const counts = Object.fromEntries(USAGE_COUNTS.map((name) => [name, usage.integer(name)]))
  const read = compact({ ...counts, cost: usage.number('cost') })
  fields.take(usage)
  return read
}
