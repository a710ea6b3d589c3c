import {
  compact,
  Fields,
  type Problem,
  PURGED,
  type PurgedDomain,
  type PurgeRule,
  type Timestamp,
} from '@freehold/contract'
import type { KeyStore } from '../sealing/key-store.js'
import type { Maintained } from './maintained.js'

/** A length of time: a whole number of days or hours, such as `90d` or `36h`. */
export type Duration = `${number}d` | `${number}h`

/** How long something is kept; for ever where nothing is told. */
export interface Kept {
  /** Since a trace began. */
  traces?: Duration
  /** The same of traces with an error: as long as others, or longer. */
  tracesWithErrors?: Duration
  /** Since a session changed last. */
  sessions?: Duration
}

export interface RetentionConfig extends Kept {
  /** Of these tenants, in place of what is told for all; `{}` keeps theirs for ever. */
  tenants?: Readonly<Record<string, Kept>>
  /** How often an open storage purges by itself, at least every `1h`; `1h` unless told. Never with `false`. */
  every?: Duration | false
  /** Where holds are kept, beside what the audit tells of them: of a user who is held as a subject, nothing is removed. Only in code. */
  keys?: KeyStore
  /** Told what became of it each time an open storage did it by itself. Only in code. */
  onMaintained?: (done: readonly Maintained[]) => void
}

const KEPT = ['traces', 'tracesWithErrors', 'sessions'] as const
const HOUR = 3_600_000
/** Longest that a timer of Node.js waits is 24.8 days. */
const LONGEST_WAIT = '24d'

/** What was read: milliseconds. */
export interface Retaining {
  all: KeptFor
  tenants: ReadonlyMap<string, KeptFor>
  every: number | undefined
  keys: KeyStore | undefined
  onMaintained: RetentionConfig['onMaintained']
}

type KeptFor = Partial<Record<(typeof KEPT)[number], number>>

/** How long each domain is kept, by the environment: of all tenants but those with a rule of their own. */
export type KeptByVariables = Pick<KeptFor, PurgedDomain>

export function retentionVariable(domain: PurgedDomain): string {
  return `FREEHOLD_${domain.toUpperCase()}_RETENTION`
}

/** Reads `FREEHOLD_TRACES_RETENTION` and `FREEHOLD_SESSIONS_RETENTION`. */
export function retentionFrom(
  variables: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): KeptByVariables {
  const names = PURGED.map(retentionVariable)
  const given = Object.fromEntries(names.map((name) => [name, variables[name]]))
  const fields = new Fields('environment', given, names)
  const kept = Object.fromEntries(PURGED.map((domain) => [domain, durationIn(fields, retentionVariable(domain))]))
  problems.push(...fields.problems)
  return compact(kept)
}

/** What the environment alone says. */
export function retainingBy(variables: KeptByVariables): Retaining | undefined {
  if (Object.keys(variables).length === 0) return undefined
  return { all: variables, tenants: new Map(), every: HOUR, keys: undefined, onMaintained: undefined }
}

/** Reads `retention` where a configuration has it. What the environment says wins over it. */
export function retentionIn(fields: Fields, variables: KeptByVariables = {}): Retaining | undefined {
  const given = fields.raw('retention')
  if (given === undefined || given === null) return retainingBy(variables)
  const own = new Fields(
    'retention',
    given,
    [...KEPT, 'tenants', 'every', 'keys', 'onMaintained'],
    'strict',
    'retention',
  )
  const tenants = own.raw('tenants') ?? {}
  const isObject = typeof tenants === 'object' && !Array.isArray(tenants)
  if (!isObject) own.problem('tenants', 'is no object; give one with the ids of tenants')
  const each = isObject ? Object.entries(compact(tenants)) : []
  const read = {
    all: keptIn(own, variables),
    tenants: new Map(each.map(([tenant, kept]) => [tenant, keptOf(own, tenant, kept)])),
    every: own.raw('every') === false ? undefined : (durationIn(own, 'every', LONGEST_WAIT) ?? HOUR),
    keys: own.raw('keys') as KeyStore | undefined,
    onMaintained: own.raw('onMaintained') as RetentionConfig['onMaintained'],
  }
  if (read.onMaintained !== undefined && typeof read.onMaintained !== 'function')
    own.problem('onMaintained', 'is no function; give one in code, or leave it out')
  if (read.keys !== undefined && typeof read.keys?.holds !== 'function')
    own.problem(
      'keys',
      'is no key store; give one in code, such as fileKeys(directory), or leave it out: the audit tells of holds too',
    )
  fields.take(own)
  return read
}

/** The rule of each domain at a time. */
export function ruleAt(domain: 'traces' | 'sessions', kept: KeptFor, now: Timestamp): PurgeRule {
  const before = (time: number | undefined) => (time === undefined ? undefined : Math.max(0, now - time))
  const rule = { before: before(kept[domain]) }
  const errorsBefore = domain === 'traces' ? before(kept.tracesWithErrors) : undefined
  return {
    ...(rule.before === undefined ? {} : { before: rule.before }),
    ...(errorsBefore === undefined ? {} : { errorsBefore }),
  }
}

function keptOf(fields: Fields, tenant: string, kept: unknown): KeptFor {
  const own = new Fields('what is kept of a tenant', kept, KEPT, 'strict', `retention.tenants.${tenant}`)
  const read = keptIn(own)
  fields.take(own)
  return read
}

function keptIn(fields: Fields, variables: KeptByVariables = {}): KeptFor {
  const told = compact(Object.fromEntries(KEPT.map((name) => [name, durationIn(fields, name)])))
  const read: KeptFor = { ...told, ...variables }
  const { traces, tracesWithErrors } = read
  if (tracesWithErrors !== undefined && traces === undefined)
    fields.problem('tracesWithErrors', 'needs `traces`, which is how long others are kept; give it too')
  else if (tracesWithErrors !== undefined && tracesWithErrors < traces!)
    fields.problem(
      'tracesWithErrors',
      `is shorter than \`${variables.traces === undefined ? 'traces' : retentionVariable('traces')}\`; traces with an error are kept as long, or longer`,
    )
  return read
}

function durationIn(fields: Fields, field: string, most: Duration = '999999d'): number | undefined {
  const value = fields.raw(field)
  if (value === undefined || value === null) return undefined
  const [, count, unit] = (typeof value === 'string' && /^(\d{1,6})([dh])$/.exec(value)) || []
  const hours = Number(count) * (unit === 'd' ? 24 : 1)
  if (count === undefined || hours < 1 || hours > Number.parseInt(most, 10) * 24)
    return fields.problem(
      field,
      `is no length of time; give a whole number of days or hours, such as 90d or 36h, from 1h to ${most}`,
    )
  return hours * HOUR
}
