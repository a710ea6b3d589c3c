import {
  type AcceptedPurge,
  acceptPurge,
  compareTexts,
  isPast,
  type Purged,
  type PurgedTenant,
  type Retention,
  ruleFor,
  type Timestamp,
} from '@freehold/contract'
import type { Medium } from './medium.js'
import type { SessionsState } from './sessions.js'
import type { TracesState } from './traces.js'

interface Kept {
  traces: TracesState
  sessions: SessionsState
}

/** What a rule asks of a trace or a session, and how it goes. */
interface Row {
  at: Timestamp
  isError: boolean
  users: readonly (string | undefined)[]
  rows: number
  remove(): void
}

/** Purges in one transaction; the time it may take is that of a hundred traces or sessions for each millisecond. */
export function referenceRetention(medium: Medium<Kept>): Retention {
  return {
    async purge(domain, input) {
      const [purged, order] = acceptPurge(domain, input)
      const rowsIn = purged === 'traces' ? tracesIn : sessionsIn
      const tenants = await medium.transact((state) => rowsIn(state).map(([tenant]) => tenant))
      const held = new Map<string, ReadonlySet<string>>()
      for (const tenant of tenants) held.set(tenant, await order.heldOf(tenant))
      return medium.transact((state) => purge(rowsIn(state), order, held))
    },
  }
}

function purge(
  all: readonly (readonly [tenant: string, rows: readonly Row[]])[],
  order: AcceptedPurge,
  held: ReadonlyMap<string, ReadonlySet<string>>,
): Purged {
  const told = { tenants: [] as PurgedTenant[], held: 0, secondsPast: 0 }
  let isCut = false
  let left = order.dryRun ? Number.POSITIVE_INFINITY : 100 * order.within
  for (const [tenant, rows] of all.toSorted(([a], [b]) => compareTexts(a, b))) {
    const rule = ruleFor(order, tenant)
    const { before = 0, errorsBefore = before } = rule
    const past = rows.filter(({ at, isError }) => isPast(rule, at, isError))
    const free = past.filter(({ users }) => !users.some((user) => held.get(tenant)?.has(user ?? '')))
    const sum = { tenant, removed: 0, rows: 0 }
    told.held += past.length - free.length
    for (const row of free.toSorted((a, b) => a.at - b.at)) {
      if (left <= 0) isCut = true
      if (left <= 0 || order.dryRun)
        told.secondsPast = Math.max(told.secondsPast, ((row.isError ? errorsBefore : before) - row.at) / 1_000)
      if (left <= 0) continue
      left -= 1
      if (!order.dryRun) row.remove()
      sum.removed += 1
      sum.rows += row.rows
    }
    if (sum.removed > 0) told.tenants.push(sum)
  }
  return { ...told, days: 0, complete: !isCut }
}

function tracesIn({ traces }: Kept) {
  return [...traces].map(([tenant, own]) => {
    const rows = [...own].map(([id, { spans, summary }]): Row => {
      const { startedAt, status } = summary.summary
      const users = [...spans.values()].map(({ span }) => span.userId)
      return { at: startedAt, isError: status === 'error', users, rows: spans.size, remove: () => void own.delete(id) }
    })
    return [tenant, rows] as const
  })
}

function sessionsIn({ sessions }: Kept) {
  return [...sessions].map(([tenant, own]) => {
    const rows = [...own.sessions.values()].map(({ id, updatedAt, userId }): Row => {
      const runs = [...own.runs.values()].filter(({ sessionId }) => sessionId === id)
      const remove = () => {
        own.sessions.delete(id)
        for (const run of runs) own.runs.delete(run.id)
      }
      const users = [userId, ...runs.map((run) => run.userId)]
      return { at: updatedAt, isError: false, users, rows: runs.length, remove }
    })
    return [tenant, rows] as const
  })
}
