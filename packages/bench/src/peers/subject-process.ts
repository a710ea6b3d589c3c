import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Ask } from './child/messages.js'
import type { Place } from './child/subject.js'
import type { TaskArguments, TaskName } from './child/tasks.js'
import type { SubjectName } from './names.js'

/** What was built: the process runs on another Node.js, without a loader. */
const MAIN = fileURLToPath(new URL('../../dist/peers/child/main.js', import.meta.url))

/** A process with one subject open in it. */
export class SubjectProcess {
  private stderr = ''

  private constructor(
    readonly subject: SubjectName,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.on('data', (chunk) => {
      this.stderr = `${this.stderr}${chunk}`.slice(-2000)
    })
  }

  /** `started` is how long it took from the start of the process until the subject had answered for the first time. */
  static async open(node: string, place: Place): Promise<{ process: SubjectProcess; started: number }> {
    const child = fork(MAIN, [], {
      execPath: node,
      execArgv: ['--expose-gc', '--experimental-import-meta-resolve', '--no-warnings'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const process = new SubjectProcess(place.subject, child)
    try {
      const { milliseconds } = await process.ask({ do: 'open', place })
      return { process, started: milliseconds! }
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  async prepare<K extends TaskName>(task: K, args: TaskArguments[K]): Promise<void> {
    await this.ask({ do: 'prepare', task, args } as Ask)
  }

  go(): Promise<Answer> {
    return this.ask({ do: 'go' })
  }

  async run<K extends TaskName>(task: K, args: TaskArguments[K]): Promise<Answer> {
    await this.prepare(task, args)
    return this.go()
  }

  async close(): Promise<void> {
    await this.ask({ do: 'close' }).catch(() => undefined)
    this.child.kill('SIGKILL')
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
  }

  private async ask(ask: Ask): Promise<Answer> {
    const stop = new AbortController()
    const { signal } = stop
    try {
      if (this.child.exitCode !== null || this.child.signalCode !== null) throw this.gone()
      const answered = once(this.child, 'message', { signal }) as Promise<[Answer]>
      const ended = once(this.child, 'exit', { signal }).then(() => Promise.reject(this.gone()))
      ended.catch(() => undefined)
      answered.catch(() => undefined)
      this.child.send(ask)
      const [answer] = await Promise.race([answered, ended])
      if (answer.error !== undefined) throw new Error(answer.error)
      return answer
    } finally {
      stop.abort()
    }
  }

  /** What it said last is for whoever looks on: it may name folders of this machine, which no page tells. */
  private gone(): Error {
    process.stderr.write(this.stderr)
    return new Error(`its process ended with ${this.child.signalCode ?? this.child.exitCode}`)
  }
}
