import { emptyState, memoryMedium, referenceStorage } from '@freehold/conformance/reference'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CheckpointKeeper, type KeepOptions, type KeptCheckpoint, keepCheckpoints } from '../src/index.js'
import { SIGN } from './support/evidence.js'

const LOOK = 5_000
const keepers: CheckpointKeeper[] = []

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
})

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()))
  vi.useRealTimers()
})

/** The reference store with a keeper of its checkpoints, and what these were. */
async function kept(options: Partial<KeepOptions> = {}) {
  const medium = memoryMedium(emptyState)
  const storage = referenceStorage(medium)
  await storage.migrations.up()
  const handed: KeptCheckpoint[] = []
  const errors: unknown[] = []
  const anchor = (one: KeptCheckpoint) => void handed.push(one)
  const keep = (more: Partial<KeepOptions> = {}) => {
    const keeper = keepCheckpoints(storage, { anchor, onError: (error) => errors.push(error), ...options, ...more })
    keepers.push(keeper)
    return keeper
  }
  const append = (count = 1, stream = 'main') =>
    storage.audit.append(Array.from({ length: count }, () => ({ stream, actor: 'ann', action: 'act' })))
  const seqs = () => handed.map(({ checkpoint }) => `${checkpoint.stream} ${checkpoint.seq}`)
  return { storage, medium, keeper: keep(), keep, append, handed, seqs, errors }
}

const pass = (time: number) => vi.advanceTimersByTimeAsync(time)

describe('a checkpoint is made', () => {
  it('of what is there, at the first look', async () => {
    const { append, seqs } = await kept()
    await append()
    await pass(LOOK)
    expect(seqs()).toEqual(['main 1'])
  })

  it('of no stream without entries', async () => {
    const { seqs } = await kept({ streams: ['main', 'other'] })
    await pass(LOOK * 100)
    expect(seqs()).toEqual([])
  })

  it('after as many entries as are asked for', async () => {
    const { append, seqs } = await kept({ every: 10 })
    for (const count of [1, 9, 1, 10]) {
      await append(count)
      await pass(LOOK)
    }
    expect(seqs()).toEqual(['main 1', 'main 11', 'main 21'])
  })

  it('after the interval, if anything was appended', async () => {
    const { append, seqs } = await kept({ interval: 60_000 })
    await append()
    await pass(LOOK)
    await append()
    await pass(60_000 - LOOK)
    const before = seqs()
    await pass(LOOK)
    await pass(600_000)
    expect([before, seqs()]).toEqual([['main 1'], ['main 1', 'main 2']])
  })

  it('of each stream by itself', async () => {
    const { append, seqs } = await kept({ streams: ['main', 'other'], every: 5 })
    await append(1)
    await append(5, 'other')
    await pass(LOOK)
    await append(5, 'other')
    await pass(LOOK)
    expect(seqs()).toEqual(['main 1', 'other 5', 'other 10'])
  })

  it('when it is asked for, and by a look', async () => {
    const { append, keeper, seqs } = await kept()
    await append()
    await keeper.look()
    await append()
    const [made] = await keeper.checkpoint()
    expect([made?.checkpoint.seq, seqs()]).toEqual([2, ['main 1', 'main 2']])
  })

  it('of what is new, by closing, after which there is no timer', async () => {
    const { append, keeper, seqs } = await kept()
    await append()
    await pass(LOOK)
    await append()
    await keeper.close()
    await keeper.close()
    expect([seqs(), vi.getTimerCount()]).toEqual([['main 1', 'main 2'], 0])
    await expect(keeper.look()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(keeper.checkpoint()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('by each of several keepers, without harm', async () => {
    const { storage, append, keep, seqs, errors } = await kept({ every: 1 })
    keep()
    for (let n = 0; n < 3; n++) {
      await append()
      await pass(LOOK)
    }
    expect([seqs().sort(), errors]).toEqual([['main 1', 'main 1', 'main 2', 'main 2', 'main 3', 'main 3'], []])
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok' })
  })

  it('with the tenant it is of, signed or not', async () => {
    const { append, keep, handed } = await kept()
    await append()
    await pass(LOOK)
    await keep({ sign: SIGN }).close()
    const signature = expect.stringMatching(/^[0-9a-f]{128}$/)
    expect(handed).toEqual([
      { checkpoint: expect.objectContaining({ seq: 1 }), tenant: 'default' },
      { checkpoint: expect.objectContaining({ seq: 1 }), tenant: 'default', keyId: 'key-1', signature },
    ])
  })
})

describe('an anchor that fails', () => {
  it('gets the same again, later and later, until it has it', async () => {
    let failing = 3
    const got: number[] = []
    const anchor = ({ checkpoint }: KeptCheckpoint) => {
      if (failing-- > 0) throw new Error('away')
      got.push(checkpoint.seq)
    }
    const { append, keeper, errors } = await kept({ anchor, every: 1 })
    await append()
    await pass(LOOK)
    const { failed, pending } = keeper.counts
    await append()
    await pass(LOOK)
    await pass(10_000)
    expect([failed, pending]).toEqual([1, 1])
    expect([got, errors.map(String)]).toEqual([[1, 2], Array(3).fill('Error: away')])
    expect(keeper.counts).toEqual({ made: 2, anchored: 2, failed: 3, pending: 0, dropped: 0, refused: 0 })
  })

  it('stops no append and no other anchor', async () => {
    const got: number[] = []
    const anchors = [
      () => Promise.reject(new Error('away')),
      ({ checkpoint }: KeptCheckpoint) => void got.push(checkpoint.seq),
    ]
    const { append, keeper } = await kept({ anchor: anchors, every: 1 })
    for (let n = 0; n < 3; n++) {
      await append()
      await pass(LOOK)
    }
    expect([got, keeper.counts.pending]).toEqual([[1, 2, 3], 3])
  })

  it('by never answering is told so, and the next is tried', async () => {
    const signals: AbortSignal[] = []
    const anchor = (_: KeptCheckpoint, signal: AbortSignal) => {
      signals.push(signal)
      return signals.length > 1 ? undefined : new Promise<void>(() => undefined)
    }
    const { append, keeper } = await kept({ anchor })
    await append()
    await pass(LOOK + 30_000 + 1_000)
    expect([signals.map(({ aborted }) => aborted), keeper.counts.anchored]).toEqual([[true, false], 1])
  })

  it('has at most 1,000 waiting, of which the oldest are dropped', async () => {
    const { append, keeper } = await kept({ anchor: () => Promise.reject(new Error('away')) })
    await append()
    for (let n = 0; n < 1_002; n++) await keeper.checkpoint()
    expect(keeper.counts).toMatchObject({ made: 1_002, pending: 1_000, dropped: 2 })
  })

  it('gets what waits once more by closing', async () => {
    let away = true
    const { append, keeper } = await kept({
      anchor: () => {
        if (away) throw new Error('away')
      },
    })
    await append()
    await pass(LOOK)
    away = false
    await keeper.close()
    expect(keeper.counts).toMatchObject({ anchored: 1, pending: 0 })
  })

  it('is not stopped by a listener that throws', async () => {
    const { append, keeper } = await kept({
      anchor: () => Promise.reject(new Error('away')),
      onError: () => {
        throw new Error('mine')
      },
    })
    await append()
    await pass(LOOK)
    expect(keeper.counts).toMatchObject({ failed: 1, pending: 1 })
  })
})

describe('a keeper', () => {
  it('vouches for no stream that was tampered with since the last checkpoint', async () => {
    const { medium, append, keeper, seqs, errors } = await kept()
    await append(2)
    await keeper.look()
    await append(2)
    await medium.transact(({ audit }) => {
      audit.get('default')!.get('main')!.links[2]!.entry.actor = 'eve'
    })
    await expect(keeper.checkpoint()).rejects.toMatchObject({ name: 'ChainBroken', verification: { seq: 3 } })
    await keeper.close()
    expect([seqs(), keeper.counts.refused, errors.map(String)]).toEqual([
      ['main 2'],
      2,
      ['ChainBroken: modified at entry 3: the columns of entry 3 do not match the text that was hashed'],
    ])
  })

  it('counts and tells that the store is away, and goes on', async () => {
    const { storage, append, keeper, seqs, errors } = await kept()
    await append()
    const head = vi.spyOn(storage.audit, 'head').mockRejectedValueOnce(new Error('away'))
    await pass(LOOK)
    head.mockRestore()
    await pass(LOOK)
    expect([keeper.counts.failed, errors.map(String), seqs()]).toEqual([1, ['Error: away'], ['main 1']])
  })

  it('is refused by all that is wrong with its options', async () => {
    const options = { streams: [''], every: 0, interval: 1, look: 1, sign: {}, anchor: 'file', onError: 1, by: 1 }
    const fields = ['by', 'streams', 'every', 'interval', 'look', 'sign.keyId', 'sign.privateKey', 'anchor', 'onError']
    const storage = referenceStorage(memoryMedium(emptyState))
    expect(() => keepCheckpoints(storage, options as never)).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining(fields.map((field) => expect.objectContaining({ field }))),
      }),
    )
  })
})
