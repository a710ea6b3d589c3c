import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Launch, Order, Word } from './messages.js'
import { sweepRuns } from './runs.js'

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

/** A process under the supervisor. */
export interface Launched {
  pid: number
  /** Resolves when the process has ended. */
  ended(): Promise<void>
  /** How it ended, undefined before. */
  how(): string | undefined
}

/** The compiled program, also for tests that run the sources. */
const PROGRAM = fileURLToPath(new URL('../../dist/supervision/supervisor.js', import.meta.url))

/** The supervisor of this process, which is started on first use and ends with it. */
class Supervisor {
  private readonly child: ChildProcess
  private readonly answers = new Map<number, { resolve(pid: number | undefined): void; reject(error: Error): void }>()
  private readonly watched = new Map<number, (how: string) => void>()
  private ids = 0
  private waits = 0
  gone = false

  constructor() {
    this.child = fork(PROGRAM, [], { detached: true, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.child.on('message', (word: Word) => this.hear(word))
    this.child.once('exit', () => this.end())
    this.child.on('error', () => this.end())
    this.child.unref()
    this.child.channel?.unref()
  }

  order(order: Unnumbered<Order>): Promise<number | undefined> {
    const id = ++this.ids
    const answer = new Promise<number | undefined>((resolve, reject) => {
      this.answers.set(id, { resolve, reject })
      this.child.send({ ...order, id }, (error) => error && this.end())
    })
    return this.waitedFor(answer)
  }

  async launch(folder: string, launch: Launch): Promise<Launched> {
    const pid = (await this.order({ do: 'launch', folder, launch }))!
    let how: string | undefined
    const end = new Promise<void>((resolve) => {
      this.watched.set(pid, (word) => {
        how = word
        resolve()
      })
    })
    const ended = () => this.waitedFor(end)
    return { pid, ended, how: () => how }
  }

  private hear(word: Word): void {
    if ('ended' in word) {
      // One that ends at once is heard of right after its pid, before anybody could watch it.
      setImmediate(() => {
        this.watched.get(word.ended)?.(word.how)
        this.watched.delete(word.ended)
      })
      return
    }
    const answer = this.answers.get(word.id)
    this.answers.delete(word.id)
    if (word.error === undefined) answer?.resolve(word.pid)
    else answer?.reject(new Error(word.error))
  }

  /** The channel keeps this process running only while something is waited for. */
  private async waitedFor<T>(promise: Promise<T>): Promise<T> {
    if (++this.waits === 1) this.child.channel?.ref()
    try {
      return await promise
    } finally {
      if (--this.waits === 0) this.child.channel?.unref()
    }
  }

  private end(): void {
    this.gone = true
    for (const { reject } of this.answers.values())
      reject(new Error('the process that watches over the servers has ended; start them again'))
    this.answers.clear()
    // It has ended them before itself, or is gone by force and the next one will.
    for (const tell of this.watched.values()) tell('the end of what watched over it')
    this.watched.clear()
  }
}

let current: Supervisor | undefined

export function supervisor(): Supervisor {
  if (current === undefined || current.gone) {
    sweepRuns()
    current = new Supervisor()
  }
  return current
}
