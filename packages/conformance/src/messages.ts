import type { Place } from './harness.js'
import type { TaskName } from './tasks.js'

/** What a worker process is asked to do. It does one job after the other. */
export interface Job {
  /** The module whose default export is the harness. */
  module: string
  place: Place
  task: TaskName
  input: unknown
  worker: number
}

/** What a worker tells its parent of a job, in this order; tasks that are never killed do not say `began`, `failed` may come at any time. */
export type Message =
  | { kind: 'ready' }
  | { kind: 'began' }
  | { kind: 'done'; report: unknown }
  | { kind: 'failed'; code?: string; message: string }

/** What the parent says once every worker is ready. */
export const GO = 'go'
