import { describe, expect, it } from 'vitest'
import type { Written } from '../src/deliver.js'
import { Recorder } from '../src/recorder.js'
import { failure } from './support/queues.js'
import { NUMBERS } from './support/spooled.js'

const OK = async (): Promise<Written<unknown>> => ({ rejected: [] })
const hang = () => new Promise<Written<unknown>>(() => {})

describe('put', () => {
  /** A recorder with room for two, both taken, whose write is held back. */
  function full() {
    let go = () => {}
    const written: number[] = []
    const write = async (items: readonly number[]) => {
      await new Promise<void>((resolve) => (go = resolve))
      written.push(...items)
      return { rejected: [] }
    }
    const recorder = new Recorder<number>(write, { limit: 2, interval: 1, overflow: 'wait', onError: () => {} })
    recorder.record(0)
    recorder.record(1)
    return { recorder, written, go: () => go() }
  }

  it('waits for room, and those who wait are served in their order', async () => {
    const { recorder, written, go } = full()
    const done: number[] = []
    const puts = [2, 3, 4].map((n) => recorder.put(n).then(() => done.push(n)))
    expect(done).toEqual([])
    const timer = setInterval(go, 1)
    await Promise.all(puts)
    await recorder.flush()
    clearInterval(timer)
    expect([done, written, recorder.counts.dropped.full]).toEqual([[2, 3, 4], [0, 1, 2, 3, 4], 0])
  })

  it('comes before what is recorded while it waits', async () => {
    const { recorder } = full()
    void failure(recorder.put(2))
    recorder.record(3)
    expect(recorder.counts.dropped.full).toBe(1)
    void failure(recorder.close())
  })

  it('is told when the recorder is closed before there is room', async () => {
    const { recorder } = full()
    const waiting = failure(recorder.put(2))
    void failure(recorder.close())
    const later = failure(recorder.put(3))
    expect([(await waiting).message, (await later).message]).toEqual(
      Array(2).fill('the recorder is closed; record before you close it'),
    )
  })

  it('drops like record unless waiting was asked for', async () => {
    const recorder = new Recorder<number>(hang, { limit: 1, onError: () => {} })
    await recorder.put(0)
    await recorder.put(1)
    expect(recorder.counts).toMatchObject({ recorded: 1, dropped: { full: 1 } })
  })
})

describe('the counts', () => {
  it('tell what was kept before from what is new', async () => {
    const recorder = new Recorder<number, string>(async () => ({ rejected: ['no'], repeated: 2 }), {})
    for (let n = 0; n < 5; n++) recorder.record(n)
    await recorder.flush()
    expect(recorder.counts).toEqual({
      recorded: 5,
      replayed: 0,
      written: 2,
      duplicates: 2,
      rejected: 1,
      spooled: 0,
      dropped: { full: 0, closed: 0, refused: 0, broken: 0 },
      queued: 0,
      spoolBytes: 0,
      spoolFailures: 0,
      lag: 0,
    })
  })

  it('have the age of the oldest that is not acknowledged', async () => {
    const recorder = new Recorder<number>(hang, { interval: 1 })
    recorder.record(0)
    const { lag } = recorder.counts
    await expect.poll(() => recorder.counts.lag).toBeGreaterThan(lag + 5)
  })
})

describe('the options', () => {
  it.each([
    ['a spool that is none', { spool: 'x' }, /spool: is a string of 1 character; give an object\n/],
    ['no directory', { spool: {} }, /spool\.directory: is missing; name the directory$/],
    [
      'a small spool',
      { spool: { directory: 'x', limit: 1 } },
      /spool\.limit: is a number below 1000000; give a whole number from 1000000 to /,
    ],
    ['an unknown field of it', { spool: { directory: 'x', path: 'y' } }, /spool\.path: is not a field of spool; /],
    ['durable without a spool', { durable: true }, /durable: is true without a spool; give spool: \{ directory \}, or/],
    ['another overflow', { overflow: 'block' }, /overflow: is a string of 5 characters; give one of drop, wait$/],
  ])('refuse %s', (_, options, message) => {
    expect(() => new Recorder<number>(OK, options as object, { codec: NUMBERS })).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringMatching(message) }),
    )
  })

  it('refuse to wait where nobody can, and a spool where nothing can be kept', () => {
    const options = { overflow: 'wait', spool: { directory: 'x' } } as const
    expect(() => new Recorder<number>(OK, options, { cannotWait: 'nobody waits' })).toThrow(
      /overflow: is wait, but nobody waits; leave it out, and give a spool\n.*spool: has no way to keep these records; leave it out$/,
    )
  })
})

it('without a disk what is kept is what is acknowledged', async () => {
  const recorder = new Recorder<number>(OK, { interval: 1_000_000 })
  recorder.record(0)
  await recorder.kept()
  expect(recorder.counts.written).toBe(1)
})
