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
  type SaveOptions,
  SESSION_TYPES,
  type Session,
  type SessionInput,
  type SessionOwners,
  type UpdateOptions,
} from '../sessions.js'
import type { Timestamp } from '../time.js'
import { canonicalJson } from './canonical.js'
import { compact, Fields } from './fields.js'
import { changedFields, marksAfter } from './repairs.js'
import { refuseTooLarge } from './sizes.js'

const SESSION_OWNERS = ['agentId', 'teamId', 'workflowId', 'userId'] as const satisfies (keyof SessionOwners)[]

const KEPT_BY_STORE = ['runs', 'createdAt', 'updatedAt', 'repairs']
const SESSION_FIELDS = [
  'id',
  'type',
  ...SESSION_OWNERS,
  'name',
  'summary',
  'state',
  'metadata',
  'version',
  ...KEPT_BY_STORE,
]
const CLEARABLE = ['name', 'summary', 'state', 'metadata'] as const
const RUN_TEXT = ['provider', 'model', 'error'] as const
const RUN_JSON = ['input', 'output', 'messages'] as const
/** What may make a run large. */
const RUN_LARGE = [...RUN_JSON, 'metadata', 'error']
const CLEARABLE_IN_RUN = [...RUN_TEXT, ...RUN_JSON, 'usage', 'traceId', 'endedAt', 'metadata']
const PATCH_FIELDS = ['status', 'startedAt', ...CLEARABLE_IN_RUN]
const RUN_FIELDS = [...PATCH_FIELDS, 'id', 'sessionId', 'parentRunId', 'type', ...SESSION_OWNERS, 'seq', 'repairs']
const USAGE_COUNTS = [
  'promptTokens',
  'completionTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
] as const

/** A save that was checked: what to set, what to clear, and the version it is based on. */
export interface SessionChange {
  id: string
  type: Session['type']
  set: Partial<Session>
  clear: (keyof Session)[]
  basis?: number
}

/** @throws StoreError `invalid` */
export function acceptSession(input: SessionInput, options: SaveOptions = {}): SessionChange {
  const fields = new Fields('session', input, SESSION_FIELDS, 'strict', '', CLEARABLE)
  const set: Partial<Session> = compact({
    agentId: fields.id('agentId'),
    teamId: fields.id('teamId'),
    workflowId: fields.id('workflowId'),
    userId: fields.id('userId'),
    name: fields.name('name'),
    summary: fields.text('summary', 100_000),
    state: fields.object('state'),
    metadata: fields.object('metadata'),
  })
  const id = fields.required('id', fields.id('id'), 'give the session an id')
  const type = fields.required('type', fields.choice('type', SESSION_TYPES), `give one of ${SESSION_TYPES.join(', ')}`)
  const given = new Fields('options', options, ['ifVersion'])
  const basis = given.integer('ifVersion') ?? fields.integer('version')
  fields.take(given)
  fields.done()
  const clear = CLEARABLE.filter((field) => fields.clears(field))
  return compact({ id, type, set: { ...set, ...fields.marks() }, clear, basis })
}

/**
 * What the session becomes; `undefined` when the save changes nothing.
 * @throws StoreError `conflict` when the version moved, or the session is of another type or owner.
 */
export function changeSession(
  current: Session | undefined,
  change: SessionChange,
  now: Timestamp,
): Session | undefined {
  if (change.basis !== undefined && change.basis !== (current?.version ?? 0)) {
    const found = current === undefined ? 'does not exist' : `is at version ${current.version}`
    throw conflict(`the session ${found}, not at version ${change.basis}; read it again and repeat the change`)
  }
  if (current === undefined) {
    const { repairs, ...set } = change.set
    const times = { createdAt: now, updatedAt: now }
    const made = compact({ id: change.id, type: change.type, ...set, version: 1, runs: 0, ...times, repairs })
    refuseTooLarge('session', made, Object.keys(set))
    return made
  }
  if (current.type !== change.type)
    throw conflict(`the session is of type ${current.type}, not ${change.type}; give each its own id`)
  for (const owner of SESSION_OWNERS)
    if (current[owner] !== undefined && change.set[owner] !== undefined && current[owner] !== change.set[owner])
      throw conflict(`the session belongs to another ${owner}; an owner never changes, use an id of your own`)
  const { repairs, ...set }: Partial<Session> = change.set
  const given = [...Object.keys(set), ...change.clear] as (keyof typeof set)[]
  const isSame = (field: string) =>
    sameJson(current[field as keyof Session] as Json, set[field as keyof typeof set] as Json)
  const changed = changedFields(given, isSame, current.repairs, repairs) as (keyof typeof set)[]
  if (changed.length === 0) return undefined
  const told = Object.fromEntries(changed.map((field) => [field, set[field]]))
  const moved = { version: current.version + 1, updatedAt: Math.max(now, current.updatedAt) }
  const { repairs: before, ...kept } = current
  const next = compact<Session>({ ...kept, ...told, ...marksAfter(before, changed, repairs), ...moved })
  refuseTooLarge('session', next, changed)
  return next
}

function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b))
}

/** A run without what its session decides: `seq`, and type and owners where they are absent. @throws StoreError `invalid` */
export function acceptRun(input: RunInput, now: Timestamp): Omit<Run, 'seq' | 'type'> & { type?: Run['type'] } {
  const fields = new Fields('run', input, RUN_FIELDS, 'strict', '', RUN_JSON)
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
export function completeRun(run: ReturnType<typeof acceptRun>, session: Session, seq: number): Run {
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

function conflict(message: string): StoreError {
  return new StoreError('conflict', message)
}
