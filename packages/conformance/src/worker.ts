import { StoreError } from '@freehold/contract'
import type { Harness } from './harness.js'
import { GO, type Job, type Message } from './messages.js'
import { OPENING_TASKS, TASKS, type TaskName } from './tasks.js'

async function work({ module, place, task, input, worker }: Job): Promise<unknown> {
  const { default: harness } = (await import(module)) as { default?: Harness }
  // Before a word of being ready: a worker that is killed must not pass for one that was at work.
  if (typeof harness?.open !== 'function')
    throw new Error(`${module} has no harness as its default export; write: export default harness`)
  if (isOpening(task)) {
    await start()
    return OPENING_TASKS[task](harness, place, worker, input as never, begun)
  }
  const storage = await harness.open(place, { migrate: false })
  await start()
  const report = await TASKS[task](storage, worker, input as never, begun)
  await storage.close()
  return report
}

function isOpening(task: TaskName): task is keyof typeof OPENING_TASKS {
  return task in OPENING_TASKS
}

/** Waits until all workers are ready, so that they begin at once. */
async function start(): Promise<void> {
  const go = new Promise((resolve) => process.once('message', resolve))
  await tell({ kind: 'ready' })
  await go
}

function begun(): Promise<void> {
  return tell({ kind: 'began' })
}

function tell(message: Message): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()))
}

/** Does a job. Who failed at one is given no other: what it left open is not known. */
async function doJob(job: Job): Promise<void> {
  try {
    await tell({ kind: 'done', report: await work(job) })
  } catch (error) {
    const code = StoreError.is(error) ? error.code : undefined
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    await tell({ kind: 'failed', code, message })
    process.exit()
  }
}

// A worker does not outlive its parent.
process.once('disconnect', () => process.exit(1))
process.on('message', (message) => {
  if (message !== GO) void doJob(message as Job)
})
