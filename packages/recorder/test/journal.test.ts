import { cpSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Codec } from '../src/options.js'
import { Recorder } from '../src/recorder.js'
import { recording } from './support/spooled.js'
import { filesIn, newDirectory, segmentsIn } from './support/spools.js'

const TEXT = (item: number) => Buffer.from(String(item))
const JOURNALED: Codec<number> = {
  name: 'numbers',
  encode: async (items) => items.map((item) => ({ bytes: TEXT(item), item })),
  decode: (bytes) => Number(bytes.toString()),
  bytesOf: TEXT,
}

const TEXTS: Codec<string> = {
  name: 'texts',
  encode: async (items) => items.map((item) => ({ bytes: Buffer.from(item), item })),
  decode: (bytes) => bytes.toString(),
}

function journaling(options: Parameters<typeof recording>[0] = {}) {
  return recording({ interval: 600_000, ...options }, JOURNALED)
}

/** What is there if the process is killed now, in a directory where it does not go on. */
function leftIn(directory: string): string {
  const left = newDirectory()
  cpSync(directory, left, { recursive: true, filter: (path) => !path.endsWith('.alive') })
  return left
}

const held = (directory: string) =>
  segmentsIn(directory)
    .map((path) => readFileSync(path, 'latin1'))
    .join('')

describe('a record whose bytes are made at once', () => {
  it('is on the disk when record returns', () => {
    const { recorder, directory } = journaling()
    recorder.record(4_711)
    expect(held(directory)).toContain('4711')
  })

  it('is not there any more when it was written', async () => {
    const { recorder, directory } = journaling()
    for (let n = 0; n < 100; n++) recorder.record(n)
    await recorder.flush()
    await recorder.close()
    expect([filesIn(directory), recorder.counts.spoolBytes]).toEqual([[], 0])
  })

  it('is written by the next where the process died, in its order, but for what was written', async () => {
    const one = journaling()
    one.recorder.record(1)
    await one.recorder.flush()
    const noted = () =>
      filesIn(one.directory).filter((path) => path.endsWith('acknowledged') && statSync(path).size > 0)
    await expect.poll(noted).toHaveLength(1)
    one.database.isAway = true
    for (const n of [2, 3, 4]) one.recorder.record(n)
    const two = journaling({ directory: leftIn(one.directory), interval: 5 })
    await expect.poll(() => two.database.kept).toEqual([2, 3, 4])
  })

  it('comes after those that are on the disk of the same process already', async () => {
    const one = journaling({ durable: true })
    one.database.isAway = true
    one.recorder.record(1)
    await one.recorder.kept()
    one.recorder.record(2)
    const two = journaling({ directory: leftIn(one.directory), interval: 5 })
    await expect.poll(() => [...new Set(two.database.kept)]).toEqual([1, 2])
  })

  it('is in another journal where somebody took the first over', () => {
    const { recorder, directory } = journaling()
    recorder.record(1_001)
    const [first] = segmentsIn(directory)
    renameSync(dirname(first!), join(directory, 'taken'))
    recorder.record(1_002)
    const [second] = segmentsIn(directory).filter((path) => !path.includes('taken'))
    expect([readFileSync(second!, 'latin1').includes('1002'), recorder.counts.spoolFailures]).toEqual([true, 0])
  })

  it('that does not fit stays in memory, counted and told once', async () => {
    const kept: number[] = []
    const reported: string[] = []
    const large = new Recorder<string>(
      async (items) => {
        kept.push(...items.map(({ length }) => length))
        return { rejected: [] }
      },
      {
        spool: { directory: newDirectory(), limit: 1_000_000 },
        interval: 600_000,
        onError: ({ message }) => void reported.push(message),
      },
      { codec: { ...TEXTS, bytesOf: (item) => Buffer.from(item) } },
    )
    for (const length of [600_000, 600_001, 600_002]) large.record('x'.repeat(length))
    expect(large.counts).toMatchObject({ recorded: 3, queued: 3, spoolFailures: 2 })
    expect(reported).toEqual([expect.stringContaining('holds 600034 of 1000000 bytes')])
    await large.flush()
    await large.close()
    expect(kept).toEqual([600_000, 600_001, 600_002])
  })

  it('takes no more room than what is not written yet', async () => {
    const { recorder, directory } = journaling()
    for (let n = 0; n < 5_000; n++) recorder.record(n)
    const before = recorder.counts.spoolBytes
    await recorder.flush()
    expect([before, recorder.counts.spoolBytes, held(directory)]).toEqual([expect.any(Number), 0, ''])
    expect(before).toBeGreaterThan(100_000)
  })

  it('is taken, and told of, where there is no directory', async () => {
    const directory = join(newDirectory(), 'file')
    const { recorder, database, reported } = journaling({ directory: join('/dev/null', directory) })
    recorder.record(1)
    await recorder.flush()
    expect([database.kept, recorder.counts.spoolFailures]).toEqual([[1], 1])
    await expect.poll(() => reported.length).toBeGreaterThan(0)
  })
})
