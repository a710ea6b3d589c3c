import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { newDirectory } from './support/spools.js'

const codec = {
  name: 'texts',
  encode: async (items: readonly string[]) => items.map((item) => ({ bytes: Buffer.from(item), item })),
  decode: (bytes: Buffer) => bytes.toString(),
}

it.each([1, 2, 3])(
  'what is kept outlives the process after %i failures of fsync',
  async (failures) => {
    const directory = newDirectory()
    const handle = await open(directory, 'r')
    const prototype = Object.getPrototypeOf(handle) as { datasync: () => Promise<void> }
    await handle.close()
    const { datasync } = prototype
    onTestFinished(() => {
      prototype.datasync = datasync
    })
    let left = failures
    prototype.datasync = async function failing(this: typeof handle) {
      if (left-- > 0) throw Object.assign(new Error('disk'), { code: 'EIO' })
      return datasync.call(this)
    }
    const written: string[] = []
    let isAway = false
    const write = async (items: readonly string[]) => {
      if (isAway) throw new Error('away')
      written.push(...items)
      return { rejected: [] }
    }
    const options = { spool: { directory }, durable: true, interval: 20, deadline: 3_000, onError: () => {} }
    const recorder = new Recorder(write, options, { codec })
    for (const item of ['first', 'second']) {
      recorder.record(item)
      await recorder.kept()
      // What could not be put on the disk is tried there again.
      await sleep(700)
      await recorder.flush()
      await sleep(300)
    }
    isAway = true
    recorder.record('third')
    await recorder.kept()
    await sleep(300)
    await recorder.close()
    isAway = false
    const next = new Recorder(write, options, { codec })
    await expect.poll(() => written.includes('third'), { timeout: 40_000 }).toBe(true)
    await next.close()
  },
  60_000,
)

it('a process does not end while somebody waits for room', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const recorder = new Recorder<string>(async () => gate.then(() => ({ rejected: [] })), { limit: 1, overflow: 'wait' })
  recorder.record('a')
  const put = recorder.put('b')
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeGreaterThan(before)
  release()
  await put
  await recorder.close()
})
