import { PURGED, type PurgedDomain, type PurgeOrder, type PurgeRule } from '../retention.js'
import type { Timestamp } from '../time.js'
import { compact, Fields } from './fields.js'

const WITHIN = 10_000
const LONGEST = 3_600_000
const RULE = ['before', 'errorsBefore'] as const

/** An order whose rules and holds are found by tenant. */
export interface AcceptedPurge {
  rule: PurgeRule
  tenants: ReadonlyMap<string, PurgeRule>
  /** The users of a tenant who are held. */
  heldOf(tenant: string): Promise<ReadonlySet<string>>
  /** False when nobody can be. */
  mayHold: boolean
  within: number
  dryRun: boolean
  signal: AbortSignal | undefined
}

/** @throws StoreError `invalid` */
export function acceptPurge(domain: unknown, order: PurgeOrder): [PurgedDomain, AcceptedPurge] {
  const fields = new Fields('purge', order, [...RULE, 'tenants', 'held', 'within', 'dryRun', 'signal'], 'strict')
  const own = new Fields('purge', { domain }, ['domain'])
  const purged = own.required('domain', own.choice('domain', PURGED), `give one of ${PURGED.join(', ')}`)
  const accepted = {
    rule: ruleOf(fields, purged),
    tenants: new Map(
      entriesOf(fields, 'tenants').map(([tenant, rule]) => [tenant, tenantRule(fields, tenant, rule, purged)]),
    ),
    ...holdsIn(fields),
    within: fields.integer('within', 1, LONGEST) ?? WITHIN,
    dryRun: fields.flag('dryRun') ?? false,
    signal: fields.raw('signal') as AbortSignal | undefined,
  }
  if (accepted.signal !== undefined && !(accepted.signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  fields.take(own)
  fields.done()
  return [purged, accepted]
}

/** The rule of a tenant. */
export function ruleFor({ rule, tenants }: AcceptedPurge, tenant: string): PurgeRule {
  return tenants.get(tenant) ?? rule
}

/** Whether a row of this date is past it. */
export function isPast({ before = 0, errorsBefore = before }: PurgeRule, at: Timestamp, isError: boolean): boolean {
  return at < (isError ? errorsBefore : before)
}

function ruleOf(fields: Fields, domain: PurgedDomain | undefined): PurgeRule {
  const before = fields.time('before')
  const errorsBefore = fields.time('errorsBefore')
  if (errorsBefore !== undefined && domain === 'sessions') fields.problem('errorsBefore', 'is for traces; leave it out')
  else if (errorsBefore !== undefined && errorsBefore > (before ?? 0))
    fields.problem('errorsBefore', 'is after `before`; traces with an error are kept as long as others or longer')
  return compact({ before, errorsBefore })
}

function tenantRule(fields: Fields, tenant: string, rule: unknown, domain: PurgedDomain | undefined): PurgeRule {
  const own = new Fields('rule', rule, RULE, 'strict', `tenants.${tenant}`)
  const accepted = ruleOf(own, domain)
  fields.take(own)
  return accepted
}

function holdsIn(fields: Fields): Pick<AcceptedPurge, 'heldOf' | 'mayHold'> {
  const given = fields.raw('held')
  if (typeof given === 'function')
    return { heldOf: async (tenant) => new Set((await given(tenant)) as readonly string[]), mayHold: true }
  const held = new Map(entriesOf(fields, 'held').map(([tenant, users]) => [tenant, usersOf(fields, tenant, users)]))
  const nobody: ReadonlySet<string> = new Set()
  return { heldOf: async (tenant) => held.get(tenant) ?? nobody, mayHold: held.size > 0 }
}

function usersOf(fields: Fields, tenant: string, users: unknown): ReadonlySet<string> {
  if (Array.isArray(users) && users.every((user) => typeof user === 'string')) return new Set(users)
  fields.problem(`held.${tenant}`, 'is no list of users; give their ids')
  return new Set()
}

function entriesOf(fields: Fields, field: 'tenants' | 'held'): [string, unknown][] {
  const value = fields.raw(field)
  if (value === undefined || value === null) return []
  if (typeof value === 'object' && !Array.isArray(value)) return Object.entries(compact(value))
  fields.problem(field, 'is no object; give one with the ids of tenants')
  return []
}
