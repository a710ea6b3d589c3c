import {
  compact,
  groupBy,
  type Run,
  type RunInput,
  type RunPatch,
  type RunStatus,
  type SessionInput,
  type SessionStore,
  StoreError,
} from '@freehold/contract'
import { type Refused, writeApart } from './apart.js'

export interface SessionRun {
  session: SessionInput
  run: RunInput & { id: string }
}

const OPEN: ReadonlySet<RunStatus> = new Set(['pending', 'running', 'paused'])
/** What a later record of a run tells of it. */
const TOLD = [
  'provider',
  'model',
  'error',
  'usage',
  'traceId',
  'endedAt',
  'input',
  'output',
  'messages',
  'metadata',
] as const

/** Appends runs, those of each session together. Resolves to those that the store refused. @throws what a later try may mend */
export async function writeRuns(
  sessions: SessionStore,
  records: readonly SessionRun[],
): Promise<readonly Refused<SessionRun>[]> {
  const refused: Refused<SessionRun>[] = []
  for (const ofOne of groupBy(records, ({ run }) => run.sessionId).values())
    for (const part of eachOnce(ofOne)) refused.push(...(await writeApart(part, (runs) => append(sessions, runs))))
  return refused
}

/** Parts that have no run twice: one that is told again, when it has ended, changes what was appended before. */
function eachOnce(records: readonly SessionRun[]): SessionRun[][] {
  const parts: { ids: Set<string>; records: SessionRun[] }[] = []
  for (const record of records) {
    let part = parts.at(-1)
    if (part === undefined || part.ids.has(record.run.id)) {
      part = { ids: new Set(), records: [] }
      parts.push(part)
    }
    part.ids.add(record.run.id)
    part.records.push(record)
  }
  return parts.map(({ records }) => records)
}

async function append(sessions: SessionStore, records: readonly SessionRun[]): Promise<void> {
  const runs = records.map(({ run }) => run)
  const stored = await appended(sessions, runs, records[0]!.session)
  for (const [index, run] of runs.entries()) await end(sessions, stored[index]!, run)
}

async function appended(sessions: SessionStore, runs: readonly RunInput[], session: SessionInput): Promise<Run[]> {
  try {
    return await sessions.appendRuns(runs)
  } catch (error) {
    if (!StoreError.is(error, 'not_found')) throw error
  }
  // Somebody may have saved it meanwhile, as whatever it is.
  await unlessMoved(() => sessions.save(session, { ifVersion: 0 }))
  return sessions.appendRuns(runs)
}

/** A run that was there already, and had not ended, is as it is told now. One that has ended stays. */
async function end(sessions: SessionStore, { id, status }: Run, run: RunInput): Promise<void> {
  if (run.status === undefined || run.status === status || !OPEN.has(status)) return
  const told = Object.fromEntries(TOLD.map((field) => [field, run[field]])) as RunPatch
  await unlessMoved(() => sessions.updateRun(id, compact({ ...told, status: run.status }), { ifStatus: status }))
}

/** Whoever was faster told the same, or what came after it. */
async function unlessMoved(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!StoreError.is(error, 'conflict')) throw error
  }
}
