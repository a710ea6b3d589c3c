import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { GO, type Job, type Message } from './messages.js'

/** A process that does one job. */
export class Worker {
  private readonly child: ChildProcess
  private readonly told: Message[] = []
  private exited = false
  private stderr = ''
  private readonly news = new EventEmitter()

  constructor(job: Job) {
    this.child = fork(fileURLToPath(WORKER), [JSON.stringify(job)], {
      execArgv: loaderFor(job.module),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
    })
    this.child.on('message', (message) => {
      this.told.push(message as Message)
      this.news.emit('news')
    })
    this.child.once('close', () => {
      this.exited = true
      this.news.emit('news')
    })
  }

  /** Lets the worker begin. */
  go(): void {
    // A worker that is gone by now is noticed by whoever waits for it.
    this.child.send(GO, () => {})
  }

  /** Resolves to what the worker says of this kind; rejects when it fails or ends without a word of it. */
  async until<K extends Message['kind']>(kind: K): Promise<Extract<Message, { kind: K }>> {
    for (;;) {
      const message = this.told.find((one): one is Extract<Message, { kind: K }> => one.kind === kind)
      if (message !== undefined) return message
      const failed = this.told.find((one) => one.kind === 'failed')
      if (failed !== undefined)
        throw Object.assign(new Error(`a worker process failed: ${failed.message}`), { code: failed.code })
      if (this.exited) throw new Error(`a worker process ended before it was ${kind}: ${this.stderr}`)
      await once(this.news, 'news')
    }
  }

  /** Ends the process as a power cut would, if it has not ended itself. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    while (!this.exited) await once(this.news, 'news')
  }
}

/** Does the jobs at once, each in a process of its own. Rejects when one fails, and then ends the others. */
export async function inProcesses(jobs: readonly Job[]): Promise<unknown[]> {
  const workers = jobs.map((job) => new Worker(job))
  try {
    await Promise.all(workers.map((worker) => worker.until('ready')))
    for (const worker of workers) worker.go()
    const done = await Promise.all(workers.map((worker) => worker.until('done')))
    return done.map(({ report }) => report)
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
  }
}

/** Starts a job and kills its process `delay` milliseconds after it began its work. */
export async function killedAfter(job: Job, delay: number): Promise<void> {
  const worker = new Worker(job)
  try {
    await worker.until('ready')
    worker.go()
    await worker.until('began')
    const ended = worker.until('done')
    // Of the two only a failure before the kill matters: the kill itself ends the worker short of its work.
    ended.catch(() => undefined)
    await Promise.race([sleep(delay), ended])
  } finally {
    await worker.kill()
  }
}

/** Beside this module and of its kind: the suite's own tests run its sources. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** What Node needs to load the modules: nothing for JavaScript, tsx for TypeScript. */
function loaderFor(module: string): string[] {
  if (![module, WORKER.href].some((url) => /\.[mc]?tsx?$/.test(new URL(url).pathname))) return []
  try {
    return ['--import', pathToFileURL(createRequire(module).resolve('tsx')).href]
  } catch (cause) {
    const message = `other processes load ${module} with tsx, which is not installed beside it; run: npm i -D tsx`
    throw new Error(message, { cause })
  }
}
