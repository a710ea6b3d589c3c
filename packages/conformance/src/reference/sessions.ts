import {
  type AcceptedRun,
  acceptAll,
  acceptRun,
  acceptRunPatch,
  acceptRunQuery,
  acceptRuns,
  acceptSession,
  acceptSessionQuery,
  acceptUpdateOptions,
  changeRun,
  changeSession,
  checkId,
  compact,
  completeRun,
  type Run,
  type RunSummary,
  type Session,
  type SessionStore,
  type SessionSummary,
  StoreError,
  toMicroseconds,
} from '@freehold/contract'
import { acceptListing, listing, matches, type Order } from './listing.js'
import type { Medium } from './medium.js'

/** What is kept for one tenant. */
export interface TenantSessions {
  sessions: Map<string, Session>
  runs: Map<string, Run>
}

/** The sessions and runs of each tenant, by id. */
export type SessionsState = Map<string, TenantSessions>

export function emptySessions(): SessionsState {
  return new Map()
}

const NEWEST_SESSION: Order<Session> = {
  list: 'sessions',
  example: [0, ''],
  key: (session) => [toMicroseconds(session.createdAt), session.id],
  direction: 'descending',
}

const NEWEST_RUN: Order<Run> = {
  list: 'runs',
  example: [0, ''],
  key: (run) => [toMicroseconds(run.startedAt), run.id],
  direction: 'descending',
}

const LAST_RUN: Order<Run> = {
  list: 'runs of a session',
  example: [0],
  key: (run) => [run.seq],
  direction: 'descending',
}

/** The sessions of one tenant, one transaction per call. */
export function referenceSessions(medium: Medium<{ sessions: SessionsState }>, tenant: string): SessionStore {
  const transact = <T>(work: (own: TenantSessions) => T) =>
    medium.transact(({ sessions }) => work(ownOf(sessions, tenant)))

  return {
    async save(session, options) {
      const change = acceptSession(session, options)
      return transact((own) => {
        const current = own.sessions.get(change.id)
        const next = changeSession(current, change, Date.now())
        if (next === undefined) return current!
        own.sessions.set(next.id, next)
        return next
      })
    },

    async appendRun(input) {
      const run = acceptRun(input, Date.now())
      return transact((own) => append(own, run))
    },

    async appendRuns(inputs) {
      const runs = acceptRuns(inputs, Date.now())
      return transact((own) => {
        if (runs.length > 0) sessionOf(own, runs[0]!.sessionId)
        for (const run of runs) refuseTaken(own, run)
        return runs.map((run) => append(own, run))
      })
    },

    async updateRun(id, patch, options) {
      const [runId, changes, ifStatus] = acceptAll(
        'run patch',
        () => checkId('run', id),
        () => acceptRunPatch(patch),
        () => acceptUpdateOptions(options),
      )
      return transact((own) => {
        const run = own.runs.get(runId)
        if (run === undefined) throw missing('run', 'append it first')
        const changed = compact({ ...run, ...changeRun(run, changes, ifStatus) })
        own.runs.set(runId, changed)
        return changed
      })
    },

    async remove(sessionId) {
      const id = checkId('session', sessionId)
      return transact((own) => {
        for (const run of runsOf(own)) if (run.sessionId === id) own.runs.delete(run.id)
        return own.sessions.delete(id)
      })
    },

    async get(sessionId) {
      const id = checkId('session', sessionId)
      return transact((own) => own.sessions.get(id) ?? null)
    },

    async list(query, page) {
      const [wanted, at] = acceptListing(NEWEST_SESSION, () => acceptSessionQuery(query), page)
      return transact((own) => {
        const found = [...own.sessions.values()].filter((session) => matches(session, session.createdAt, wanted))
        return listing(NEWEST_SESSION, found, at, sessionSummary)
      })
    },

    async run(id) {
      const runId = checkId('run', id)
      return transact((own) => own.runs.get(runId) ?? null)
    },

    async runs(query, page) {
      const order = query?.sessionId === undefined ? NEWEST_RUN : LAST_RUN
      const [wanted, at] = acceptListing(order, () => acceptRunQuery(query), page)
      return transact((own) => {
        const found = runsOf(own).filter((run) => matches(run, run.startedAt, wanted))
        return listing(order, found, at, runSummary)
      })
    },
  }
}

function append(own: TenantSessions, accepted: AcceptedRun): Run {
  const session = sessionOf(own, accepted.sessionId)
  refuseTaken(own, accepted)
  const stored = own.runs.get(accepted.id)
  if (stored !== undefined) return stored
  const run = completeRun(accepted, session, session.runs + 1)
  session.runs = run.seq
  session.updatedAt = Date.now()
  own.runs.set(run.id, run)
  return run
}

function sessionOf(own: TenantSessions, id: string): Session {
  const session = own.sessions.get(id)
  if (session === undefined) throw missing('session', 'save it before its first run')
  return session
}

function refuseTaken(own: TenantSessions, { id, sessionId }: AcceptedRun): void {
  const stored = own.runs.get(id)
  if (stored !== undefined && stored.sessionId !== sessionId)
    throw new StoreError('already_exists', 'the run id is taken by a run of another session; use a new id')
}

function ownOf(state: SessionsState, tenant: string): TenantSessions {
  const own = state.get(tenant) ?? { sessions: new Map(), runs: new Map() }
  state.set(tenant, own)
  return own
}

function runsOf(own: TenantSessions): Run[] {
  return [...own.runs.values()]
}

function sessionSummary(session: Session): SessionSummary {
  const { state, metadata, repairs, ...summary } = session
  return summary
}

function runSummary(run: Run): RunSummary {
  const { input, output, messages, metadata, repairs, ...summary } = run
  return summary
}

function missing(what: string, remedy: string): StoreError {
  return new StoreError('not_found', `the ${what} does not exist; ${remedy}`)
}
