import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@freehold/contract'
import type { Case, Chapter, Need, Subject } from './case.js'
import { CHAPTERS } from './cases/index.js'
import type { Harness, Place } from './harness.js'
import { inProcesses, killedAfter } from './processes.js'
import type { TaskName, TaskReport } from './tasks.js'

export { type Call, EVERY_CALL, furnish, RELAY_CALLS } from './cases/methods.js'
export { confined } from './confined.js'

/** Why a case does not run: the harness excuses it, or lacks what the case needs. */
export interface NotRun {
  why: 'excused' | 'lacking'
  because: string
}

export interface PlannedCase {
  chapter: string
  case: Case
  notRun?: NotRun
}

export type Outcome = PlannedCase & ({ result: 'passed' | 'not run' } | { result: 'failed'; error: unknown })

const REMEDIES: Record<Need, string> = {
  processes: 'give the harness a `module`, so that other processes can open the same place',
  tamper: 'give the harness a `tamper`, which reaches around the store',
}

/**
 * Every case, and whether it runs on this harness.
 * @throws Error for an excuse that names no case
 */
export function planFor(harness: Harness, chapters: readonly Chapter[] = CHAPTERS): PlannedCase[] {
  const laws = new Set(chapters.flatMap(({ cases }) => cases.map((one) => one.law)))
  const idle = harness.excuses?.filter((excuse) => !laws.has(excuse.case)) ?? []
  if (idle.length > 0)
    throw new Error(`${harness.name} excuses cases that do not exist: ${idle.map((one) => one.case).join('; ')}`)
  return chapters.flatMap(({ name, cases }) =>
    cases.map((one) => ({ chapter: name, case: one, notRun: whyNotRun(harness, one) })),
  )
}

/** Runs every case, one after another, without a test runner. */
export async function runSuite(harness: Harness, chapters: readonly Chapter[] = CHAPTERS): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const planned of planFor(harness, chapters)) outcomes.push(await outcomeOf(harness, planned))
  return outcomes
}

/** Runs one case in a fresh place, and leaves nothing behind. Rejects when the store breaks the law. */
export async function runCase(harness: Harness, one: Case): Promise<void> {
  const place = { id: `t_${randomBytes(6).toString('hex')}`, dir: await mkdtemp(join(tmpdir(), 'freehold-')) }
  const opened: Storage[] = []
  try {
    await one.run(await subjectFor(harness, one, place, opened))
  } finally {
    // That closing works is a law of its own; here a failure must not hide that of the case.
    await Promise.allSettled(opened.map((storage) => storage.close()))
    await harness.remove?.(place)
    await rm(place.dir, { recursive: true, force: true })
  }
}

/** One line for each reason why cases did not run, with how many there were. */
export function notRunSummary(planned: readonly PlannedCase[]): string[] {
  const excused = planned.filter(({ notRun }) => notRun?.why === 'excused')
  const lacking = planned.flatMap(({ notRun }) => (notRun?.why === 'lacking' ? [notRun.because] : []))
  return [
    ...(excused.length === 0 ? [] : [`${counted(excused.length)} excused:`]),
    ...excused.map(({ case: { law }, notRun }) => `  ${law}: ${notRun?.because}`),
    ...[...new Set(lacking)].map(
      (because) => `${counted(lacking.filter((one) => one === because).length)} not run: ${because}`,
    ),
  ]
}

function counted(cases: number): string {
  return cases === 1 ? '1 case' : `${cases} cases`
}

async function outcomeOf(harness: Harness, planned: PlannedCase): Promise<Outcome> {
  if (planned.notRun !== undefined) return { ...planned, result: 'not run' }
  try {
    await runCase(harness, planned.case)
    return { ...planned, result: 'passed' }
  } catch (error) {
    return { ...planned, result: 'failed', error }
  }
}

function whyNotRun(harness: Harness, { law, needs }: Case): NotRun | undefined {
  const excuse = harness.excuses?.find((one) => one.case === law)
  if (excuse !== undefined) return { why: 'excused', because: excuse.because }
  const has: Record<Need, boolean> = {
    processes: harness.module !== undefined,
    tamper: harness.tamper !== undefined,
  }
  const missing = needs.find((need) => !has[need])
  return missing === undefined ? undefined : { why: 'lacking', because: harness.lacking ?? REMEDIES[missing] }
}

async function subjectFor(harness: Harness, one: Case, place: Place, opened: Storage[]): Promise<Subject> {
  const connect: Subject['connect'] = async (options) => {
    const storage = await harness.open(place, { migrate: false, ...options })
    opened.push(storage)
    return storage
  }
  const jobOf = (task: TaskName, input: unknown, worker: number) => ({
    module: harness.module!,
    place,
    task,
    input,
    worker,
  })
  const storage = one.unopened ? undefined : await connect({ migrate: true })
  return {
    place,
    connect,
    get storage() {
      if (storage === undefined) throw new Error('a case marked `unopened` opens the store itself, with connect()')
      return storage
    },
    tamper: (tampering) => harness.tamper!(place, tampering),
    processes: async <T extends TaskName>(count: number, task: T, input: unknown) =>
      (await inProcesses(Array.from({ length: count }, (_, i) => jobOf(task, input, i)))) as TaskReport<T>[],
    kill: (task, input, delay) => killedAfter(jobOf(task, input, 0), delay),
  }
}
