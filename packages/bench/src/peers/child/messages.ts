import type { Place } from './subject.js'
import type { Outcome, TaskArguments, TaskName } from './tasks.js'

export type Ask =
  | { do: 'open'; place: Place }
  | { [K in TaskName]: { do: 'prepare'; task: K; args: TaskArguments[K] } }[TaskName]
  /** Does what was prepared, while the clock runs. */
  | { do: 'go' }
  | { do: 'close' }

export interface Answer extends Partial<Outcome> {
  /** Of `go`, and of `open` since the process began. */
  milliseconds?: number
  /** The most memory that the process has had. */
  rss: number
  error?: string
}
