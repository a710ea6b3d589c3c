import { Fields, PURGED, type Purged, type PurgedDomain, type Storage, type Timestamp } from '@freehold/contract'
import type { KeyStore } from '../sealing/key-store.js'
import { type AskedHolds, toldHolds } from '../sealing/told-holds.js'
import type { Maintained } from './maintained.js'
import { type Retaining, ruleAt } from './retention-config.js'

export interface MaintainOptions {
  /** How long it may take for each domain, in milliseconds, at most an hour; 60,000 unless told. */
  within?: number
  /** Counts, and removes nothing. */
  dryRun?: boolean
  /** Now unless told. */
  at?: Timestamp
  /** Ends it with the batch that is under way. */
  signal?: AbortSignal
}

/** Of the entries in the audit. */
export const RETENTION_STREAM = 'retention'
export const RETENTION_ACTOR = 'freehold:retention'
const WITHIN = 60_000

/**
 * Removes what is past its date in each domain, and appends an entry to the audit of each tenant of whom something went, in the
 * stream `retention`: how much, of what, and from before when. A process that dies between the two leaves no entry.
 *
 * @throws StoreError `invalid` for wrong options
 * @throws what the stores throw, when both domains were tried
 */
export async function maintain(
  storage: Storage,
  retaining: Retaining | undefined,
  options: MaintainOptions = {},
): Promise<readonly [traces: Maintained, sessions: Maintained]> {
  const fields = new Fields('maintain options', options, ['within', 'dryRun', 'at', 'signal'], 'strict')
  const within = fields.integer('within', 1, 3_600_000) ?? WITHIN
  const dryRun = fields.flag('dryRun') ?? false
  const now = fields.time('at') ?? Date.now()
  const { signal } = Object(options) as MaintainOptions
  fields.done()
  const done: Maintained[] = []
  const failures: unknown[] = []
  for (const domain of PURGED)
    try {
      done.push({ domain, purged: await purge(storage, domain, retaining, { within, dryRun, now, signal }) })
    } catch (error) {
      failures.push(error)
    }
  if (failures.length > 0) throw failures[0]
  return done as [Maintained, Maintained]
}

async function purge(
  storage: Storage,
  domain: PurgedDomain,
  retaining: Retaining | undefined,
  { within, dryRun, now, signal }: { within: number; dryRun: boolean; now: Timestamp; signal: AbortSignal | undefined },
): Promise<Purged | null> {
  const { all = {}, tenants = new Map(), keys } = retaining ?? {}
  const rules = new Map([...tenants].map(([tenant, kept]) => [tenant, ruleAt(domain, kept, now)] as const))
  const rule = ruleAt(domain, all, now)
  const purged = await storage.retention.purge(domain, {
    ...rule,
    tenants: Object.fromEntries(rules),
    held: heldUsers(storage, keys),
    ...(signal === undefined ? {} : { signal }),
    within,
    dryRun,
  })
  if (purged !== null && !dryRun)
    for (const { tenant, removed, rows } of purged.tenants) {
      const before = (rules.get(tenant) ?? rule).before!
      const data = { removed, rows, before: new Date(before).toISOString() }
      const entry = {
        stream: RETENTION_STREAM,
        actor: RETENTION_ACTOR,
        action: 'retention.purged',
        target: domain,
        data,
      }
      await storage.tenant(tenant).audit.append([entry])
    }
  return purged
}

/** Who of a tenant is held whenever that is asked; of a hold that was in force once, it is not asked again in this purge. */
function heldUsers(storage: Storage, keys: KeyStore | undefined): (tenant: string) => Promise<readonly string[]> {
  const asked = new Map<string, AskedHolds>()
  return async (tenant) => {
    const known = asked.get(tenant) ?? new Map<string, boolean>()
    asked.set(tenant, known)
    const held = ((await keys?.holds(tenant)) ?? []).flatMap(({ on, of }) => (on === 'subject' ? [of] : []))
    for await (const { subject } of toldHolds(storage.tenant(tenant).audit, { asked: known })) held.push(subject)
    return held
  }
}
