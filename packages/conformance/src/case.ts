import type { Storage } from '@freehold/contract'
import type { OpenOptions, Place, Tampering } from './harness.js'
import type { TaskName, TaskReport, Tasks } from './tasks.js'

/** What a case needs that not every harness has. */
export type Need = 'processes' | 'tamper'

/** What a case works on: a fresh place, and a store that is open on it. */
export interface Subject {
  place: Place
  /** Open and migrated, of the default tenant. */
  storage: Storage
  /** Another connection to the same place, closed after the case. */
  connect(options?: Partial<OpenOptions>): Promise<Storage>
  tamper(tampering: Tampering): Promise<void>
  /**
   * Runs a task in `count` processes at once, each with a connection of its own and told its number (0, 1, …), and
   * resolves to what they reported, in that order. Rejects when one fails.
   */
  processes<T extends TaskName>(count: number, task: T, input: Tasks[T]['input']): Promise<TaskReport<T>[]>
  /** Starts a task in one process and kills it with SIGKILL `delay` milliseconds after it began its work. */
  kill<T extends TaskName>(task: T, input: Tasks[T]['input'], delay: number): Promise<void>
}

export interface Case {
  /** The sentence of the contract that it proves, word for word. */
  law: string
  needs: readonly Need[]
  /** Set: the case opens the store itself, because opening is what it proves. */
  unopened: boolean
  run(subject: Subject): Promise<void>
}

interface CaseOptions {
  needs?: readonly Need[]
  unopened?: boolean
}

/** A chapter of the suite: a name, and its cases in order. */
export interface Chapter {
  name: string
  cases: readonly Case[]
}

export function law(sentence: string, run: Case['run'], options: CaseOptions = {}): Case {
  return { law: sentence, run, needs: options.needs ?? [], unopened: options.unopened ?? false }
}
