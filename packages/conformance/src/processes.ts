import { type ChildProcess, fork, type Serializable } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { GO, type Job, type Message } from './messages.js'

/** A process that does one job after the other. */
class Worker {
  private readonly child: ChildProcess
  private told: Message[] = []
  private exited = false
  private stderr = ''
  private readonly news = new EventEmitter()

  constructor(readonly module: string) {
    this.child = fork(fileURLToPath(WORKER), {
      execArgv: loaderFor(module),
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

  get hasEnded(): boolean {
    return this.exited
  }

  begin(job: Job): void {
    this.told = []
    for (const handle of this.handles()) handle?.ref()
    this.send(job)
  }

  /** Waits for another job, and holds up no one who ends meanwhile. */
  rest(): void {
    for (const handle of this.handles()) handle?.unref()
  }

  private handles() {
    return [this.child, this.child.channel, this.child.stderr as Socket | null]
  }

  /** Lets the worker begin. */
  go(): void {
    this.send(GO)
  }

  private send(message: Job | typeof GO): void {
    // A worker that is gone by now is noticed by whoever waits for it.
    this.child.send(message as Serializable, () => {})
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

/** Most processes that wait for another job: a process takes a second or two to load a harness. */
const MAX_IDLE = 4
const idle: Worker[] = []

/** A process that waits for a job of this module, or a new one. */
function workerFor(job: Job): Worker {
  const at = idle.findIndex(({ module, hasEnded }) => module === job.module && !hasEnded)
  const worker = at < 0 ? new Worker(job.module) : idle.splice(at, 1)[0]!
  worker.begin(job)
  return worker
}

/** Ends those who waited longest for a module that is asked for no more. */
async function release(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) worker.rest()
  idle.push(...workers)
  await Promise.all(idle.splice(0, idle.length - MAX_IDLE).map((worker) => worker.kill()))
}

/** Does the jobs at once, each in a process of its own. Rejects when one fails, and then ends the others. */
export async function inProcesses(jobs: readonly Job[]): Promise<unknown[]> {
  const workers = jobs.map(workerFor)
  try {
    await Promise.all(workers.map((worker) => worker.until('ready')))
    for (const worker of workers) worker.go()
    const done = await Promise.all(workers.map((worker) => worker.until('done')))
    await release(workers.splice(0))
    return done.map(({ report }) => report)
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
  }
}

/** Starts a job and kills its process `delay` milliseconds after it began its work. */
export async function killedAfter(job: Job, delay: number): Promise<void> {
  const worker = workerFor(job)
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
