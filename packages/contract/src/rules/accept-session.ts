import { StoreError } from '../errors.js'
import type { Json } from '../json.js'
import { SESSION_TYPES, type Session, type SessionInput, type SessionOwners } from '../session.js'
import type { SaveOptions } from '../sessions.js'
import type { Timestamp } from '../time.js'
import { canonicalJson } from './canonical.js'
import { compact, Fields } from './fields.js'
import { labelsOf } from './labels.js'
import { changedFields, marksAfter } from './repairs.js'
import { refuseTooLarge } from './sizes.js'

export const SESSION_OWNERS = ['agentId', 'teamId', 'workflowId', 'userId'] as const satisfies (keyof SessionOwners)[]

const KEPT_BY_STORE = ['runs', 'createdAt', 'updatedAt', 'repairs']
const SESSION_FIELDS = [
  'id',
  'type',
  ...SESSION_OWNERS,
  'name',
  'summary',
  'state',
  'metadata',
  'labels',
  'version',
  ...KEPT_BY_STORE,
]
const CLEARABLE = ['name', 'summary', 'state', 'metadata', 'labels'] as const

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
    labels: labelsOf(fields),
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

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b))
}

export function conflict(message: string): StoreError {
  return new StoreError('conflict', message)
}
